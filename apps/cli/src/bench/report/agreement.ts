import type { CheckedAnswer } from '../../../harness/bench/bench-messages.ts';
import type { Agreement } from './bench-report.ts';

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
    if (other === undefined) continue;
    if (other.likeliest === own.likeliest) sameLikeliest += 1;
    for (const [at, logProb] of own.logProbs.entries()) {
      const theirLogProb = other.logProbs[at];
      if (logProb === null) continue;
      largest = Math.max(largest, Math.abs(logProb));
      // One that tells no probability, or NaN, agrees with nothing.
      const difference = Math.abs((theirLogProb ?? Number.NaN) - logProb);
      absolute = Math.max(
        absolute,
        Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference,
      );
    }
  }
  const relative = largest === 0 ? Number.POSITIVE_INFINITY : absolute / largest;
  return { relative, absolute, sameLikeliest, answers: ours.length };
}
