export interface AttentionInput {
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headDim: number;
  /** Position of the first query row. */
  readonly position: number;
  readonly tokenCount: number;
  /** `[tokenCount, headCount, headDim]` */
  readonly queries: Float32Array;
  /** `[position + tokenCount, kvHeadCount, headDim]` each */
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** `[tokenCount, headCount, headDim]`: causal attention with grouped heads. */
export function attentionReference(input: AttentionInput): Float64Array {
  const { headCount, kvHeadCount, headDim, position, tokenCount } = input;
  const out = new Float64Array(tokenCount * headCount * headDim);
  for (let token = 0; token < tokenCount; token += 1) {
    for (let head = 0; head < headCount; head += 1) {
      const at = (token * headCount + head) * headDim;
      const kvHead = Math.floor(head / (headCount / kvHeadCount));
      const kvAt = (p: number) => (p * kvHeadCount + kvHead) * headDim;
      const scores = Array.from({ length: position + token + 1 }, (_, p) =>
        dot(input.queries, at, input.keys, kvAt(p), headDim),
      );
      const weights = softmax(scores.map((score) => score / Math.sqrt(headDim)));
      weights.forEach((weight, p) => {
        for (let d = 0; d < headDim; d += 1) {
          out[at + d] = (out[at + d] as number) + weight * (input.values[kvAt(p) + d] as number);
        }
      });
    }
  }
  return out;
}

function dot(a: Float32Array, aAt: number, b: Float32Array, bAt: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += (a[aAt + i] as number) * (b[bAt + i] as number);
  return sum;
}

function softmax(scores: readonly number[]): number[] {
  const peak = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = scores.map((score) => Math.exp(score - peak));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
