import type { EvalRun } from '../../harness/eval-harness.ts';

/** What llama.cpp computed for one prompt. */
export interface ReferenceCase {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly greedy: readonly number[];
  /** Distance in log-probability between the two best candidates of each position. */
  readonly gap: readonly number[];
  /** For the first positions: likeliest tokens as `[token id, probability]`. */
  readonly top: readonly (readonly (readonly [tokenId: number, probability: number])[])[];
}

/** Log-probabilities may differ by this much. */
const LOG_PROBABILITY_ERROR_MAX = 0.08;
/** Less likely tokens are not compared. */
const PROBABILITY_MIN = 0.001;

/**
 * Where a run disagrees with the reference, in words; nothing when it agrees. Greedy tokens count up
 * to the first position where the reference itself nearly ties (`gap` under `gapMin`).
 */
export function findDisagreements(
  reference: ReferenceCase,
  run: Pick<EvalRun, 'greedy' | 'top'>,
  gapMin: number,
): string[] {
  const tie = reference.gap.findIndex((gap) => gap < gapMin);
  const compared = tie < 0 ? reference.greedy.length : tie;
  const found: string[] = [];
  for (let position = 0; position < compared; position++) {
    const expected = reference.greedy[position];
    const actual = run.greedy[position];
    if (actual !== expected) {
      found.push(`greedy token ${position} is ${actual}, not ${expected}`);
      break;
    }
  }
  const firstDifference = reference.greedy.findIndex((id, index) => id !== run.greedy[index]);
  for (const [position, expected] of reference.top.entries()) {
    // After a different token the two continue different texts.
    if (firstDifference >= 0 && position > firstDifference) break;
    found.push(...compareTop(expected, new Map(run.top[position]), position));
  }
  return found;
}

/**
 * How far log-probabilities of likely tokens moved from one run to another, at most and on average, over
 * the positions whose text before is the same in both.
 */
export function shiftBetween(
  before: Pick<EvalRun, 'greedy' | 'top'>,
  after: Pick<EvalRun, 'greedy' | 'top'>,
): { readonly most: number; readonly mean: number } {
  const same = before.greedy.findIndex((id, index) => id !== after.greedy[index]);
  const positions = before.top.slice(0, same < 0 ? undefined : same + 1);
  const shifts = positions.flatMap((likeliest, position) => {
    const now = new Map(after.top[position]);
    return likeliest
      .filter(([, probability]) => probability > PROBABILITY_MIN)
      .map(([id, probability]) => Math.abs(Math.log(now.get(id) ?? 0) - Math.log(probability)));
  });
  const sum = shifts.reduce((total, shift) => total + shift, 0);
  return { most: Math.max(0, ...shifts), mean: sum / Math.max(1, shifts.length) };
}

function compareTop(
  expected: ReferenceCase['top'][number],
  actual: ReadonlyMap<number, number>,
  position: number,
): string[] {
  return expected.flatMap(([id, probability]) => {
    if (probability <= PROBABILITY_MIN) return [];
    const ours = actual.get(id);
    if (ours === undefined) return [`position ${position}: token ${id} is not among the likeliest`];
    const error = Math.abs(Math.log(ours) - Math.log(probability));
    if (error <= LOG_PROBABILITY_ERROR_MAX) return [];
    return [`position ${position}: token ${id} has ${ours}, not ${probability}`];
  });
}
