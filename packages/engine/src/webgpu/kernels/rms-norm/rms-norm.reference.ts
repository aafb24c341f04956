/** Each row of `gain.length` values over its root mean square, times the gain. */
export function rmsNormReference(
  x: Float32Array,
  gain: Float32Array,
  epsilon: number,
): Float64Array {
  const columnCount = gain.length;
  const out = new Float64Array(x.length);
  for (let first = 0; first < x.length; first += columnCount) {
    let squares = 0;
    for (let column = 0; column < columnCount; column += 1) {
      squares += (x[first + column] as number) ** 2;
    }
    const scale = 1 / Math.sqrt(squares / columnCount + epsilon);
    for (let column = 0; column < columnCount; column += 1) {
      out[first + column] = (x[first + column] as number) * scale * (gain[column] as number);
    }
  }
  return out;
}
