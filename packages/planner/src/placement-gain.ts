import { HOP_MS, SESSION_SHARE } from './chain.ts';
import type { HeldRange } from './coverage.ts';
import type { Supply } from './supply.ts';

/**
 * Milliseconds that one block adds to a token, as routing predicts it, for all of its holders at once:
 * sessions spread so that it takes equally long wherever it runs, and a hop is paid as often as holdings
 * begin there.
 */
function blockMs({ copies, rates, stages }: Supply, demand: number, block: number): number {
  const rate = rates[block] as number;
  return (
    loaded(demand, copies[block] as number) / rate + (HOP_MS * (stages[block] as number)) / rate
  );
}

/** What `demand` sessions weigh on `copies` holders: the first on each is free of company. */
function loaded(demand: number, copies: number): number {
  return copies + SESSION_SHARE * Math.max(0, demand - copies);
}

/**
 * Share of its time for which a place in a chain is empty after its holder left: minutes of a download
 * over most of an hour of a tab. Copies make it rarer by as much each.
 */
const GONE_SHARE = 0.15;

export interface Gains {
  /** Tokens a millisecond, all sessions together, that one more holder of the range adds. */
  of(range: HeldRange): number;
}

/**
 * What one more holder adds to a supply that is complete, or completes with it: sessions over predicted
 * time, for the share of the time in which all of the model is there, after less before. So both speed
 * and spares count. Sums over blocks are kept: a range costs the same whatever its length.
 */
export function gainsIn(supply: Supply, demand: number, msPerBlock: number): Gains {
  const { copies, rates, stages, embeds, heads } = supply;
  const blockCount = copies.length;
  const rate = 1 / msPerBlock;
  const sums = () => new Float64Array(blockCount + 1);
  const [missing, msBefore, msAfter, hopsAfter] = [sums(), sums(), sums(), sums()];
  const [goneBefore, goneAfter, goneOfOwn] = [sums(), sums(), sums()];
  for (let block = 0; block < blockCount; block += 1) {
    const held = copies[block] as number;
    const stage = stages[block] as number;
    const together = (rates[block] as number) + rate;
    const gone = GONE_SHARE ** held;
    add(missing, block, Number(held === 0));
    add(msBefore, block, held === 0 ? 0 : blockMs(supply, demand, block));
    add(goneBefore, block, held === 0 ? 0 : (gone * stage) / (rates[block] as number));
    add(msAfter, block, (loaded(demand, held + 1) + HOP_MS * stage) / together);
    add(goneAfter, block, (gone * GONE_SHARE * stage) / together);
    // Of the holder's own hop and place, which its blocks share.
    add(hopsAfter, block, (HOP_MS * rate) / together);
    add(goneOfOwn, block, (gone * GONE_SHARE * rate) / together);
  }
  const sum = (of: Float64Array, from: number, to: number): number =>
    (of[to] as number) - (of[from] as number);
  const all = (of: Float64Array): number => sum(of, 0, blockCount);
  const flow = (ms: number, gone: number): number => (demand / (HOP_MS + ms)) * Math.exp(-gone);
  const lacks = all(missing) + Number(embeds === 0) + Number(heads === 0);
  const flowBefore = lacks > 0 ? 0 : flow(all(msBefore), all(goneBefore));
  return {
    of(range) {
      const { firstBlock, endBlock } = range;
      const within = (of: Float64Array): number => sum(of, firstBlock, endBlock);
      const ends = Number(range.embeds && embeds === 0) + Number(range.heads && heads === 0);
      if (within(missing) + ends < lacks) return 0;
      const size = endBlock - firstBlock;
      const ms = all(msBefore) - within(msBefore) + within(msAfter) + within(hopsAfter) / size;
      const gone =
        all(goneBefore) - within(goneBefore) + within(goneAfter) + within(goneOfOwn) / size;
      return Math.max(0, flow(ms, gone) - flowBefore);
    },
  };
}

function add(sums: Float64Array, index: number, value: number): void {
  sums[index + 1] = (sums[index] as number) + value;
}
