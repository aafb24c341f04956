import type { Candidates } from '../stage.ts';

/**
 * Mean Kullback-Leibler divergence of the distributions that two stages gave for the same rows, from
 * the first to the second: over the first's candidates, the rest of the vocabulary counted as one.
 */
export function meanDivergence(from: readonly Candidates[], to: readonly Candidates[]): number {
  const sum = from.reduce((total, each, i) => total + divergence(each, to[i] as Candidates), 0);
  return sum / rowsOf(from);
}

export function rowsOf(all: readonly Candidates[]): number {
  return all.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

/** Added over rows. */
function divergence(from: Candidates, to: Candidates): number {
  const { rowCount, candidateCount } = from;
  let sum = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const expected = rowOf(from, row);
    const actual = rowOf(to, row);
    // What is not among the other's candidates has at most the probability of its last one.
    const leastOther = Math.min(...actual.values());
    let restFrom = 1;
    let restTo = 1;
    for (const [id, logProbability] of expected) {
      const other = actual.get(id) ?? leastOther;
      sum += Math.exp(logProbability) * (logProbability - other);
      restFrom -= Math.exp(logProbability);
      restTo -= Math.exp(other);
    }
    // Rounding may leave less than nothing.
    if (restFrom > 1e-6 && candidateCount > 0) {
      sum += restFrom * Math.log(restFrom / Math.max(restTo, 1e-6));
    }
  }
  return sum;
}

/** Log-probabilities by token id. */
function rowOf(candidates: Candidates, row: number): Map<number, number> {
  const { candidateCount, tokenIds, logits, logSumExp } = candidates;
  const first = row * candidateCount;
  const total = logSumExp[row] as number;
  return new Map(
    Array.from({ length: candidateCount }, (_, i) => [
      tokenIds[first + i] as number,
      (logits[first + i] as number) - total,
    ]),
  );
}
