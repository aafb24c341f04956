import type { PlacementWhy } from '@manyhands/protocol/placement-why';
import type { Offer, PlacementModel } from './placement.ts';
import { rangeBytes } from './stage-sizes.ts';
import { copiesOfModel } from './supply.ts';

/** Why a newcomer should hold this, in figures. */
export function whyOf(model: PlacementModel, { range, need, gain }: Offer): PlacementWhy {
  const { supply, blockCount } = model;
  const gained = need === 'adds-speed' ? { tokensPerSecond: gain * 1000 } : {};
  if (range.endBlock - range.firstBlock === blockCount) {
    return { code: 'whole', copies: copiesOfModel(supply), ...gained };
  }
  const copies = Math.min(...supply.all.copies.subarray(range.firstBlock, range.endBlock));
  return need === 'adds-speed'
    ? { code: 'fastest', copies, ...gained }
    : { code: 'thinnest', copies };
}

/** The same in a sentence. */
export function reasonFor(model: PlacementModel, { range }: Offer, why: PlacementWhy): string {
  const { name, blockCount } = model;
  const blocks = `blocks ${range.firstBlock} to ${range.endBlock - 1} of ${blockCount}`;
  switch (why.code) {
    case 'whole': {
      const { copies } = why;
      const exist = copies === 1 ? 'one complete copy exists' : `${copies} complete copies exist`;
      const others = copies === 0 ? 'nobody can serve all of it now' : exist;
      return `${name} fits whole, so answers need no other tab; ${others}.${gainOf(why)}`;
    }
    case 'thinnest':
      return `${name} does not fit whole; ${blocks} are its thinnest run of that size: ${heldBy(why.copies)}.`;
    case 'fastest':
      return `${name} does not fit whole; ${blocks} help most: ${heldBy(why.copies)}.${gainOf(why)}`;
    case 'as-asked':
      return `${name} runs whole in one tab, as you asked.`;
    default:
      return why satisfies never;
  }
}

function heldBy(copies: number): string {
  if (copies === 0) return 'nobody holds some of them';
  return `they are held ${copies === 1 ? 'once' : `${copies} times`} at least`;
}

function gainOf({ tokensPerSecond }: { readonly tokensPerSecond?: number | undefined }): string {
  if (tokensPerSecond === undefined) return '';
  const value =
    tokensPerSecond < 10 ? tokensPerSecond.toFixed(1) : String(Math.round(tokensPerSecond));
  return ` It adds about ${value} tokens/s.`;
}

export function tooSmall(models: readonly PlacementModel[]): string {
  const smallest = Math.min(
    ...models.map((model) => {
      const ends = [rangeBytes(model, 0, 1), rangeBytes(model, model.blockCount - 1)];
      const middle = model.blockBytes.slice(1, -1);
      return Math.min(...ends, ...middle);
    }),
  );
  const mebibytes = Math.ceil(smallest / 2 ** 20);
  return `Not one block fits into that memory: allow at least ${mebibytes} MiB.`;
}
