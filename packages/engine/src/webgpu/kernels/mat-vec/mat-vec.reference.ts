export interface ProductInput {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly tokenCount: number;
  /** `[rowCount, columnCount]` */
  readonly weights: Float32Array;
  /** `[tokenCount, columnCount]` */
  readonly x: Float32Array;
}

/** `[tokenCount, rowCount]`: every weight row times every token's row. */
export function matVecReference(input: ProductInput): Float64Array {
  const { rowCount, columnCount, tokenCount, weights, x } = input;
  const out = new Float64Array(tokenCount * rowCount);
  for (let token = 0; token < tokenCount; token += 1) {
    for (let row = 0; row < rowCount; row += 1) {
      let sum = 0;
      for (let column = 0; column < columnCount; column += 1) {
        const weight = weights[row * columnCount + column] as number;
        sum += weight * (x[token * columnCount + column] as number);
      }
      out[token * rowCount + row] = sum;
    }
  }
  return out;
}

/** Activations as the `i8` variants round them: whole numbers of each 32 columns' peak / 127. */
export function roundToI8(x: Float32Array): Float32Array {
  const rounded = new Float32Array(x.length);
  for (let first = 0; first < x.length; first += 32) {
    const chunk = x.subarray(first, first + 32);
    const scale = Math.fround(Math.max(...chunk.map(Math.abs)) / 127);
    const inverse = scale > 0 ? Math.fround(1 / scale) : 0;
    rounded.set(
      chunk.map((value) => scale * Math.round(value * inverse)),
      first,
    );
  }
  return rounded;
}
