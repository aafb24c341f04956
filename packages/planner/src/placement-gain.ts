import { HOP_MS, SESSION_SHARE } from './chain.ts';
import type { HeldRange } from './coverage.ts';
import { copiesIn, type Supply } from './supply.ts';

/**
 * Milliseconds a token of one of `demand` sessions takes, as routing predicts it, for all of a supply's
 * holders at once: sessions spread so that each block takes equally long wherever it runs, and a hop
 * is paid as often as holdings begin. Infinite where a part of the model is missing.
 */
export function tokenMs(supply: Supply, demand: number): number {
  if (copiesIn(supply) === 0) return Number.POSITIVE_INFINITY;
  let ms = HOP_MS;
  for (let block = 0; block < supply.copies.length; block += 1)
    ms += blockMs(supply, demand, block);
  return ms;
}

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

export interface Gains {
  /** Tokens a millisecond, all sessions together, that one more holder of the range adds. */
  of(range: HeldRange): number;
}

/**
 * What one more holder adds to a supply that is complete, or completes with it: sessions over predicted
 * time, after less before. Sums over blocks are kept, so each range costs the same whatever its length.
 */
export function gainsIn(supply: Supply, demand: number, msPerBlock: number): Gains {
  const { copies, rates, stages, embeds, heads } = supply;
  const blockCount = copies.length;
  const rate = 1 / msPerBlock;
  const before = new Float64Array(blockCount + 1);
  const after = new Float64Array(blockCount + 1);
  const hops = new Float64Array(blockCount + 1);
  const thin = new Float64Array(blockCount + 1);
  const missing = new Float64Array(blockCount + 1);
  for (let block = 0; block < blockCount; block += 1) {
    const held = copies[block] as number;
    const together = (rates[block] as number) + rate;
    const compute = loaded(demand, held + 1) / together;
    add(before, block, held === 0 ? 0 : blockMs(supply, demand, block));
    add(after, block, compute + (HOP_MS * (stages[block] as number)) / together);
    add(hops, block, (HOP_MS * rate) / together);
    add(thin, block, Number(held === 1));
    add(missing, block, Number(held === 0));
  }
  const sum = (sums: Float64Array, from: number, to: number): number =>
    (sums[to] as number) - (sums[from] as number);
  const all = (sums: Float64Array): number => sum(sums, 0, blockCount);
  const lacks = all(missing) + Number(embeds === 0) + Number(heads === 0);
  const thinCount = all(thin) + Number(embeds === 1) + Number(heads === 1);
  const beforeMs = HOP_MS + all(before);
  const flowBefore = lacks > 0 ? 0 : demand / beforeMs;
  return {
    of(range) {
      const { firstBlock, endBlock } = range;
      const within = (sums: Float64Array): number => sum(sums, firstBlock, endBlock);
      const ends = (count: number): number =>
        Number(range.embeds && embeds === count) + Number(range.heads && heads === count);
      if (within(missing) + ends(0) < lacks) return 0;
      const afterMs =
        beforeMs - within(before) + within(after) + within(hops) / (endBlock - firstBlock);
      const flow = Math.max(0, demand / afterMs - flowBefore);
      if (lacks > 0 || thinCount === 0) return flow;
      // What is held once is lost with one tab, and all sessions with it.
      const doubled = (within(thin) + ends(1)) / thinCount;
      return flow + SPARE_SHARE * flowBefore * doubled;
    },
  };
}

/** What a spare is worth of what would stop without it: about one in two tabs leaves within the hour. */
const SPARE_SHARE = 0.5;

function add(sums: Float64Array, index: number, value: number): void {
  sums[index + 1] = (sums[index] as number) + value;
}
