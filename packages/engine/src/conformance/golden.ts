/** One prompt of a `golden.json` or `reference.json`: see the README beside those files. */
export interface GoldenCase {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly greedy: readonly number[];
  /** Log-probability distance between the two best candidates of each greedy position. */
  readonly gap: readonly number[];
  /** For the first positions, the likeliest `[token id, probability]` pairs. */
  readonly top: readonly (readonly (readonly [number, number])[])[];
}

export interface Tolerance {
  /** Greedy ids must agree up to the first gap under this. */
  readonly gapMin: number;
  /** How far log-probabilities of tokens over `probabilityMin` may lie apart. */
  readonly logProbabilityMax: number;
  readonly probabilityMin: number;
}

/** What the engine said at one position. */
export interface Prediction {
  readonly greedy: number;
  /** Log-probability of a candidate; undefined where it is not among them. */
  logProbability(tokenId: number): number | undefined;
}

/** How many predictions of a case have to agree; the rest is decided by rounding. */
export function comparableCount(golden: GoldenCase, { gapMin }: Tolerance): number {
  const first = golden.gap.findIndex((gap) => gap < gapMin);
  return first === -1 ? golden.greedy.length : first;
}

/** Every way in which predictions disagree with a case, in words. */
export function disagreements(
  golden: GoldenCase,
  predictions: readonly Prediction[],
  tolerance: Tolerance,
): string[] {
  const problems: string[] = [];
  const count = comparableCount(golden, tolerance);
  for (const [i, prediction] of predictions.entries()) {
    for (const [id, probability] of golden.top[i] ?? []) {
      if (probability <= tolerance.probabilityMin) continue;
      const actual = prediction.logProbability(id) ?? Number.NEGATIVE_INFINITY;
      const difference = Math.abs(actual - Math.log(probability));
      if (difference > tolerance.logProbabilityMax) {
        problems.push(`position ${i}, token ${id}: log-probability is off by ${difference}`);
      }
    }
    if (i < count && prediction.greedy !== golden.greedy[i]) {
      problems.push(`position ${i}: ${prediction.greedy} instead of ${golden.greedy[i]}`);
    }
    // From here on the two read different text.
    if (prediction.greedy !== golden.greedy[i]) break;
  }
  if (predictions.length < count) problems.push(`only ${predictions.length} predictions`);
  return problems;
}
