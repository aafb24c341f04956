import type { Offer, PlacementModel } from './placement.ts';
import { rangeBytes } from './stage-sizes.ts';
import { copiesOfModel } from './supply.ts';

/** Why a newcomer should hold this. */
export function reasonFor(model: PlacementModel, { range, need, gain }: Offer): string {
  const { supply, blockCount, name } = model;
  const gained = need === 'adds-speed' ? ` It adds about ${perSecond(gain)} tokens/s.` : '';
  if (range.endBlock - range.firstBlock === blockCount) {
    const copies = copiesOfModel(supply);
    const others =
      copies === 0
        ? 'nobody can serve all of it now'
        : `${copies === 1 ? 'one complete copy exists' : `${copies} complete copies exist`}`;
    return `${name} fits whole, so answers need no other tab; ${others}.${gained}`;
  }
  const held = Math.min(...supply.all.copies.subarray(range.firstBlock, range.endBlock));
  const how = held === 0 ? 'nobody holds some of them' : `they are held ${held} times at least`;
  const blocks = `blocks ${range.firstBlock} to ${range.endBlock - 1} of ${blockCount}`;
  const why = need === 'adds-speed' ? 'help most' : 'are its thinnest run of that size';
  return `${name} does not fit whole; ${blocks} ${why}: ${how}.${gained}`;
}

function perSecond(perMs: number): string {
  const value = perMs * 1000;
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
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
