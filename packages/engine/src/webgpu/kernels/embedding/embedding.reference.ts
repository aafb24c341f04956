/** `[tokenIds.length, columnCount]`: the rows of `weights` that the ids name. */
export function embeddingReference(
  weights: Float32Array,
  columnCount: number,
  tokenIds: Uint32Array,
): Float32Array {
  const out = new Float32Array(tokenIds.length * columnCount);
  tokenIds.forEach((id, token) => {
    out.set(weights.subarray(id * columnCount, (id + 1) * columnCount), token * columnCount);
  });
  return out;
}
