import { SESSIONS_MAX } from '@manyhands/protocol/limits';
import { HOP_MS, SESSION_SHARE } from './chain.ts';
import type { HeldRange } from './coverage.ts';
import type { Supply } from './supply.ts';

/** Who wants a model, and how much its supply may be counted on. */
export interface Wants {
  /** People who have it chosen. */
  readonly demand: number;
  /** Milliseconds for each token in which they read and write instead of waiting. */
  readonly readMs: number;
  /** Share of its time for which the place of one that left is empty. */
  readonly goneShare: number;
}

export interface Gains {
  /** Tokens a millisecond, all sessions together, that one more holder of the range adds. */
  of(range: HeldRange): number;
}

/**
 * What one more holder adds to a supply that is complete, or completes with it: tokens for all who want
 * the model, for the share of the time in which all of it is there, after less before. So both speed and
 * spares count. Sums over blocks are kept: a range costs the same whatever its length.
 */
export function gainsIn(supply: Supply, wants: Wants, msPerBlock: number): Gains {
  const { copies, rates, stages, embeds, heads } = supply;
  const { goneShare } = wants;
  const blockCount = copies.length;
  const rate = 1 / msPerBlock;
  const sums = () => new Float64Array(blockCount + 1);
  const [missing, goneBefore, goneAfter, goneOfOwn, hopsAfter] = [
    sums(),
    sums(),
    sums(),
    sums(),
    sums(),
  ];
  const sessions = sessionsIn(supply, wants);
  const before = { still: sums(), each: sums() };
  const after = { still: sums(), each: sums() };
  for (let block = 0; block < blockCount; block += 1) {
    const held = copies[block] as number;
    const stage = stages[block] as number;
    const alone = rates[block] as number;
    const together = alone + rate;
    const gone = goneShare ** held;
    add(missing, block, Number(held === 0));
    addBlock(before, block, { held, stage, rate: alone, sessions });
    addBlock(after, block, { held: held + 1, stage, rate: together, sessions });
    add(goneBefore, block, held === 0 ? 0 : (gone * stage) / alone);
    add(goneAfter, block, (gone * goneShare * stage) / together);
    // Of the holder's own hop and place, which its blocks share.
    add(hopsAfter, block, (HOP_MS * rate) / together);
    add(goneOfOwn, block, (gone * goneShare * rate) / together);
  }
  const copiesWith = copiesWithRange(copies);
  const all = (of: Float64Array): number => sum(of, 0, blockCount);
  const lacks = all(missing) + Number(embeds === 0) + Number(heads === 0);
  const flowBefore =
    lacks > 0
      ? 0
      : flow(wants, all(before.still), all(before.each), least(copies)) *
        Math.exp(-all(goneBefore));
  return {
    of(range) {
      const { firstBlock, endBlock } = range;
      const within = (of: Float64Array): number => sum(of, firstBlock, endBlock);
      const swapped = (from: Float64Array, to: Float64Array): number =>
        all(from) - within(from) + within(to);
      const ends = Number(range.embeds && embeds === 0) + Number(range.heads && heads === 0);
      if (within(missing) + ends < lacks) return 0;
      const size = endBlock - firstBlock;
      const still = swapped(before.still, after.still) + within(hopsAfter) / size;
      const each = swapped(before.each, after.each);
      const gone = swapped(goneBefore, goneAfter) + within(goneOfOwn) / size;
      const flowAfter = flow(wants, still, each, copiesWith(range)) * Math.exp(-gone);
      return Math.max(0, flowAfter - flowBefore);
    },
  };
}

/** Tokens a millisecond of a supply as it is; none where it is not complete. */
export function flowIn(supply: Supply, wants: Wants): number {
  const { copies, rates, stages, embeds, heads } = supply;
  const complete = least(copies);
  if (complete === 0 || embeds === 0 || heads === 0) return 0;
  const sessions = sessionsIn(supply, wants);
  let [still, each, gone] = [0, 0, 0];
  for (const [block, held] of copies.entries()) {
    const rate = rates[block] as number;
    const stage = stages[block] as number;
    const isShared = sessions > held;
    still += ((isShared ? held * (1 - SESSION_SHARE) : held) + HOP_MS * stage) / rate;
    each += isShared ? SESSION_SHARE / rate : 0;
    gone += (wants.goneShare ** held * stage) / rate;
  }
  return flow(wants, still, each, complete) * Math.exp(-gone);
}

/**
 * A block's time as routing predicts it, for all of its holders at once: `still + each * sessions`. The
 * first session on each holder is free of company, and a hop is paid as often as holdings begin there.
 */
function addBlock(
  { still, each }: { readonly still: Float64Array; readonly each: Float64Array },
  block: number,
  of: {
    readonly held: number;
    readonly stage: number;
    readonly rate: number;
    readonly sessions: number;
  },
): void {
  const { held, stage, rate, sessions } = of;
  const isShared = sessions > held;
  const free = isShared ? held * (1 - SESSION_SHARE) : held;
  add(still, block, held === 0 ? 0 : (free + HOP_MS * stage) / rate);
  add(each, block, isShared && held > 0 ? SESSION_SHARE / rate : 0);
}

/**
 * Tokens a millisecond for all who want the model where a token takes `still + each * sessions`. Who
 * waits for one does not read: sessions are those who want it, times the share of time spent waiting
 * (Little's law), and no more than there are places.
 */
function flow({ demand, readMs }: Wants, still: number, each: number, copies: number): number {
  const tokenMs = HOP_MS + still;
  const waiting = sessionsOf({ demand, readMs }, tokenMs, each);
  const sessions = Math.min(waiting, SESSIONS_MAX * copies);
  return sessions / (tokenMs + each * sessions);
}

/** The root of `sessions * (readMs + time) = demand * time` with `time = still + each * sessions`. */
function sessionsOf(
  { demand, readMs }: Omit<Wants, 'goneShare'>,
  still: number,
  each: number,
): number {
  const linear = readMs + still - demand * each;
  if (each === 0) return (demand * still) / linear;
  return (Math.sqrt(linear * linear + 4 * each * demand * still) - linear) / (2 * each);
}

/** Sessions under way at a time; everybody where nothing is known of the speed. */
function sessionsIn({ copies, rates, stages }: Supply, { demand, readMs }: Wants): number {
  if (readMs === 0 || least(copies) === 0) return demand;
  let sessions = demand;
  // Which blocks are shared depends on it, and it on them: a few rounds settle both.
  for (let round = 0; round < 3; round += 1) {
    let still = HOP_MS;
    let each = 0;
    for (const [block, held] of copies.entries()) {
      const rate = rates[block] as number;
      const isShared = sessions > held;
      still +=
        ((isShared ? held * (1 - SESSION_SHARE) : held) + HOP_MS * (stages[block] as number)) /
        rate;
      if (isShared) each += SESSION_SHARE / rate;
    }
    sessions = sessionsOf({ demand, readMs }, still, each);
  }
  return sessions;
}

/** Complete copies there would be with one more holder of a range. */
function copiesWithRange(copies: Float64Array): (range: HeldRange) => number {
  const blockCount = copies.length;
  const upTo = new Float64Array(blockCount + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Float64Array(blockCount + 1).fill(Number.POSITIVE_INFINITY);
  for (let block = 0; block < blockCount; block += 1) {
    upTo[block + 1] = Math.min(upTo[block] as number, copies[block] as number);
    const last = blockCount - 1 - block;
    from[last] = Math.min(from[last + 1] as number, copies[last] as number);
  }
  return ({ firstBlock, endBlock }) => {
    let within = Number.POSITIVE_INFINITY;
    for (let block = firstBlock; block < endBlock; block += 1) {
      within = Math.min(within, copies[block] as number);
    }
    return Math.min(within + 1, upTo[firstBlock] as number, from[endBlock] as number);
  };
}

function least(copies: Float64Array): number {
  return copies.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function sum(of: Float64Array, from: number, to: number): number {
  return (of[to] as number) - (of[from] as number);
}

function add(sums: Float64Array, index: number, value: number): void {
  sums[index + 1] = (sums[index] as number) + value;
}
