import { DRAFT_GAIN_MIN, DRAFT_SAMPLES_MAX, DRAFT_SAMPLES_STEPS_MAX } from '../limits.ts';
import type { Draft } from './prompt-lookup.ts';

/** Learns what drafts cost and how often they are right. Pure: times are passed in. */
export interface DraftPolicy {
  /** How many of the drafted tokens the next pass should verify; 0 where that would not be faster. */
  choose(draft: Draft): number;
  /** A pass over that many rows took so long, there and back. */
  took(rowCount: number, ms: number): void;
  /** Whether drafted tokens were right, up to the first that was not. Also of drafts nobody ran. */
  judge(matchedTokens: number, isRight: readonly boolean[]): void;
}

/** Recent passes of about as many rows. */
interface Timed {
  readonly samples: { readonly rowCount: number; readonly ms: number }[];
  lastPass: number;
}

interface Point {
  readonly rowCount: number;
  readonly ms: number;
}

/** How far back judgements count: each one fades by this part with every later one. */
const FADE = 1 / 16;
/** Before anything was judged: as likely right as not, worth this many judgements. */
const PRIOR = { right: 1, all: 2 };

/**
 * Of drafts that are each right with probability p, verifying d yields 1 + p + … + p^d tokens a pass
 * (Leviathan et al., "Fast Inference from Transformers via Speculative Decoding", 2023). The best d
 * is where that is most a millisecond. What more rows cost differs by a factor of ten between devices
 * and with who else asks, so it is measured, in few steps upwards, and measured again after a while.
 */
export function createDraftPolicy(): DraftPolicy {
  /** By the power of two that the rows do not exceed. */
  const timed = new Map<number, Timed>();
  const judged = new Map<number, { right: number; all: number }>();
  let passCount = 0;

  const pointsNow = (): readonly Point[] => {
    const points: Point[] = [];
    for (const { samples, lastPass } of timed.values()) {
      // Devices warm up and others come and go: what was long ago has to be confirmed.
      if (passCount - lastPass > DRAFT_SAMPLES_STEPS_MAX) samples.splice(0, samples.length - 1);
      // One pass alone may have been the first of its kind, with kernels to compile.
      if (samples.length > 1) points.push(middleOf(samples));
    }
    return points.sort((a, b) => a.rowCount - b.rowCount);
  };
  const chanceOf = (matchedTokens: number): number => {
    const { right, all } = judged.get(matchedTokens) ?? { right: 0, all: 0 };
    return (right + PRIOR.right) / (all + PRIOR.all);
  };

  return {
    choose({ tokenIds, matchedTokens }) {
      const points = pointsNow();
      const [one] = points;
      if (one?.rowCount !== 1) return 0;
      const chance = chanceOf(matchedTokens);
      const rowsMax = Math.min(1 + tokenIds.length, 2 * (points.at(-1)?.rowCount ?? 1));
      let best = { count: 0, tokensPerMs: DRAFT_GAIN_MIN / one.ms };
      let tokens = 1;
      let likelihood = 1;
      for (let count = 1; count < rowsMax; count += 1) {
        likelihood *= chance;
        tokens += likelihood;
        const tokensPerMs = tokens / timeOf(points, 1 + count);
        if (tokensPerMs > best.tokensPerMs) best = { count, tokensPerMs };
      }
      return best.count;
    },
    took(rowCount, ms) {
      passCount += 1;
      const bucket = 2 ** Math.ceil(Math.log2(rowCount));
      const samples = timed.get(bucket)?.samples ?? [];
      samples.push({ rowCount, ms });
      if (samples.length > DRAFT_SAMPLES_MAX) samples.shift();
      timed.set(bucket, { samples, lastPass: passCount });
    },
    judge(matchedTokens, isRight) {
      const sums = judged.get(matchedTokens) ?? { right: 0, all: 0 };
      for (const right of isRight) {
        sums.right = sums.right * (1 - FADE) + (right ? 1 : 0);
        sums.all = sums.all * (1 - FADE) + 1;
      }
      judged.set(matchedTokens, sums);
    },
  };
}

/** The median time, which one slow pass does not move, and the mean of the rows. */
function middleOf(samples: Timed['samples']): Point {
  const times = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  const rows = samples.reduce((sum, { rowCount }) => sum + rowCount, 0);
  // A pass that took no time that the clock could tell is still no free one.
  const ms = Math.max(times[Math.floor((times.length - 1) / 2)] ?? 0, 0.01);
  return { rowCount: rows / samples.length, ms };
}

/** Along a line between the measured points, and on along the last one; never less than before. */
function timeOf(points: readonly Point[], rowCount: number): number {
  const after = points.findIndex((point) => point.rowCount >= rowCount);
  const to = after < 0 ? points.at(-1) : points[after];
  const from = after < 0 ? points.at(-2) : points[after - 1];
  if (!to) return Number.POSITIVE_INFINITY;
  if (!from) return to.ms;
  const slope = Math.max(0, (to.ms - from.ms) / (to.rowCount - from.rowCount));
  return Math.max(from.ms, from.ms + slope * (rowCount - from.rowCount));
}
