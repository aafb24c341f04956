import { rmsNormReference } from '../rms-norm/rms-norm.reference.ts';

/** Rows of `x`, normalised with an epsilon, each followed by zeros up to a whole chunk of 32 columns. */
export function packInputsReference(
  x: Float32Array,
  gain: Float32Array,
  epsilon: number | undefined,
): Float64Array[] {
  const columnCount = gain.length;
  const values = epsilon === undefined ? Float64Array.from(x) : rmsNormReference(x, gain, epsilon);
  return Array.from({ length: x.length / columnCount }, (_, row) => {
    const line = new Float64Array(Math.ceil(columnCount / 32) * 32);
    line.set(values.subarray(row * columnCount, (row + 1) * columnCount));
    return line;
  });
}
