import type { CheckedAnswer } from '../../../harness/bench/bench-messages.ts';
import type { Agreement } from './bench-report.ts';

/** Of the tokens that ours find likely, how many a contender must know too. */
const KNOWN_SHARE_MIN = 0.5;

/** How far the answers of a contender are from ours, at the tokens that ours find likely. */
export function compareAnswers(
  ours: readonly CheckedAnswer[],
  theirs: readonly CheckedAnswer[],
): Agreement {
  let absolute = ours.length === theirs.length && ours.length > 0 ? 0 : Number.POSITIVE_INFINITY;
  let largest = 0;
  let sameLikeliest = 0;
  for (const [index, own] of ours.entries()) {
    const other = theirs[index];
    if (other?.likeliest === own.likeliest) sameLikeliest += 1;
    absolute = Math.max(absolute, largestDifference(own, other));
    for (const logProb of own.logProbs) largest = Math.max(largest, Math.abs(logProb ?? 0));
  }
  const relative = largest === 0 ? Number.POSITIVE_INFINITY : absolute / largest;
  return { relative, absolute, sameLikeliest, answers: ours.length };
}

/** Infinite where there is NaN, or too little to compare: that agrees with nothing. */
function largestDifference(own: CheckedAnswer, other: CheckedAnswer | undefined): number {
  const differences = own.logProbs.flatMap((logProb, at) => {
    const theirs = other?.logProbs[at] ?? null;
    return logProb === null || theirs === null ? [] : [Math.abs(theirs - logProb)];
  });
  const isEnough = differences.length >= KNOWN_SHARE_MIN * own.logProbs.length;
  if (!isEnough || differences.length === 0 || differences.some(Number.isNaN)) {
    return Number.POSITIVE_INFINITY;
  }
  return Math.max(...differences);
}
