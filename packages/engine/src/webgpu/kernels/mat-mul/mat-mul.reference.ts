import { matVecReference, type ProductInput } from '../mat-vec/mat-vec.reference.ts';

/** `[tokenCount, rowCount]` on top of `out`: what a product with a residual leaves there. */
export function matMulReference(input: ProductInput, out: Float32Array): Float64Array {
  return matVecReference(input).map((value, i) => value + (out[i] as number));
}
