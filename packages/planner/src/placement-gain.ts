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
  const sessions = sessionsIn(supply, wants);
  const sums = createSums(blockCount);
  for (let block = 0; block < blockCount; block += 1) {
    const held = copies[block] as number;
    const stage = stages[block] as number;
    const alone = rates[block] as number;
    const together = alone + rate;
    const gone = goneShare ** held;
    if (held === 0) sums.add('missing', block, 1);
    else {
      sums.add('stillBefore', block, stillMs(held, stage, sessions) / alone);
      sums.add('eachBefore', block, eachMs(held, sessions) / alone);
      sums.add('goneBefore', block, (gone * stage) / alone);
    }
    sums.add('stillAfter', block, stillMs(held + 1, stage, sessions) / together);
    sums.add('eachAfter', block, eachMs(held + 1, sessions) / together);
    sums.add('goneAfter', block, (gone * goneShare * stage) / together);
    // Of the holder's own hop and place, which its blocks share.
    sums.add('hopsAfter', block, (HOP_MS * rate) / together);
    sums.add('goneOfOwn', block, (gone * goneShare * rate) / together);
    sums.end(block);
  }
  const copiesWith = copiesWithRange(copies);
  const all = (of: Sum): number => sums.within(of, 0, blockCount);
  const lacks = all('missing') + Number(embeds === 0) + Number(heads === 0);
  const [stillBefore, eachBefore, goneBefore] = [
    all('stillBefore'),
    all('eachBefore'),
    all('goneBefore'),
  ];
  const flowBefore =
    lacks > 0 ? 0 : flow(wants, stillBefore, eachBefore, least(copies)) * Math.exp(-goneBefore);
  return {
    of(range) {
      const { firstBlock, endBlock } = range;
      const within = (of: Sum): number => sums.within(of, firstBlock, endBlock);
      const ends = Number(range.embeds && embeds === 0) + Number(range.heads && heads === 0);
      if (within('missing') + ends < lacks) return 0;
      const size = endBlock - firstBlock;
      const still =
        stillBefore - within('stillBefore') + within('stillAfter') + within('hopsAfter') / size;
      const each = eachBefore - within('eachBefore') + within('eachAfter');
      const gone =
        goneBefore - within('goneBefore') + within('goneAfter') + within('goneOfOwn') / size;
      const flowAfter = flow(wants, still, each, copiesWith(range)) * Math.exp(-gone);
      return Math.max(0, flowAfter - flowBefore);
    },
  };
}

const SUMS = [
  'missing',
  'stillBefore',
  'stillAfter',
  'eachBefore',
  'eachAfter',
  'goneBefore',
  'goneAfter',
  'goneOfOwn',
  'hopsAfter',
] as const;
type Sum = (typeof SUMS)[number];
const ROW_OF = Object.fromEntries(SUMS.map((name, row) => [name, row])) as Record<Sum, number>;

/** Sums over blocks in one array: a relay places thousands, and many small ones keep its collector busy. */
function createSums(blockCount: number) {
  const width = SUMS.length;
  const table = new Float64Array(width * (blockCount + 1));
  return {
    add(of: Sum, block: number, value: number): void {
      table[(block + 1) * width + ROW_OF[of]] = value;
    },
    /** All of a block's values are in: they become sums. */
    end(block: number): void {
      for (let row = 0; row < width; row += 1) {
        const at = (block + 1) * width + row;
        table[at] = (table[at] as number) + (table[at - width] as number);
      }
    },
    within(of: Sum, from: number, to: number): number {
      const row = ROW_OF[of];
      return (table[to * width + row] as number) - (table[from * width + row] as number);
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
  for (let block = 0; block < copies.length; block += 1) {
    const held = copies[block] as number;
    const rate = rates[block] as number;
    const stage = stages[block] as number;
    still += stillMs(held, stage, sessions) / rate;
    each += eachMs(held, sessions) / rate;
    gone += (wants.goneShare ** held * stage) / rate;
  }
  return flow(wants, still, each, complete) * Math.exp(-gone);
}

/**
 * A block's time as routing predicts it, for all of its holders at once: `still + each * sessions`. The
 * first session on each holder is free of company, and a hop is paid as often as holdings begin there.
 */
function stillMs(held: number, stage: number, sessions: number): number {
  return (sessions > held ? held * (1 - SESSION_SHARE) : held) + HOP_MS * stage;
}

function eachMs(held: number, sessions: number): number {
  return sessions > held ? SESSION_SHARE : 0;
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
export function sessionsIn({ copies, rates, stages }: Supply, { demand, readMs }: Wants): number {
  if (readMs === 0 || least(copies) === 0) return demand;
  let sessions = demand;
  // Which blocks are shared depends on it, and it on them: a few rounds settle both.
  for (let round = 0; round < 3; round += 1) {
    let still = HOP_MS;
    let each = 0;
    for (let block = 0; block < copies.length; block += 1) {
      const held = copies[block] as number;
      const rate = rates[block] as number;
      still += stillMs(held, stages[block] as number, sessions) / rate;
      each += eachMs(held, sessions) / rate;
    }
    sessions = sessionsOf({ demand, readMs }, still, each);
  }
  return sessions;
}

/** Complete copies there would be with one more holder of a range. */
function copiesWithRange(copies: Float64Array): (range: HeldRange) => number {
  const fewest = least(copies);
  const first = copies.indexOf(fewest);
  const last = copies.lastIndexOf(fewest);
  return ({ firstBlock, endBlock }) => {
    // Only who holds all of the thinnest blocks makes copies more.
    if (first < firstBlock || last >= endBlock) return fewest;
    let others = Number.POSITIVE_INFINITY;
    for (let block = 0; block < copies.length; block += 1) {
      const isInside = firstBlock <= block && block < endBlock;
      if (!isInside) others = Math.min(others, copies[block] as number);
    }
    return Math.min(fewest + 1, others);
  };
}

function least(copies: Float64Array): number {
  let fewest = Number.POSITIVE_INFINITY;
  for (const held of copies) fewest = Math.min(fewest, held);
  return fewest;
}
