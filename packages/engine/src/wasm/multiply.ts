import type { Kernels } from './kernels.ts';
import type { Rows } from './scratch.ts';
import { HELD_TYPES } from './weights/held-type.ts';
import type { Matrix } from './weights/load-weights.ts';

/**
 * What activations are rounded to for products with quantised matrices; with F16 and F32 matrices
 * they stay f32. `i8` concerns 4-bit matrices only: with others `i16` costs the same.
 */
export type Activations = 'f32' | 'i16' | 'i8';

/** Where a product goes. */
export interface Product {
  readonly matrix: Matrix;
  readonly out: Rows;
  /** Adds to what is there. */
  readonly accumulates?: boolean;
}

/** Multiplies `tokenCount` rows with matrices of the same length; rounds the rows at most once. */
export type Multiply = (x: Rows, tokenCount: number, products: readonly Product[]) => void;

export interface MultiplyDeps {
  readonly kernels: Kernels;
  readonly activations: Activations;
  readonly scratch: { readonly integers: number; readonly strip: number };
}

export function createMultiply({ kernels, activations, scratch }: MultiplyDeps): Multiply {
  const { integers, strip } = scratch;
  return (x, tokenCount, products) => {
    let rounded: 'none' | 'i16' | 'i8' = 'none';
    for (const { matrix, out, accumulates = false } of products) {
      const { columnCount } = matrix;
      const { code } = HELD_TYPES[matrix.type];
      const weights = [code, matrix.address, matrix.stripBytes, matrix.stripCount] as const;
      const target = [tokenCount, out.address, out.stride, accumulates] as const;
      const kind = integersFor(matrix, activations);
      if (kind === 'none') {
        kernels.productF32(...weights, columnCount, strip, x.address, x.stride, ...target);
        continue;
      }
      if (kind !== rounded) {
        const quantize = kind === 'i8' ? kernels.quantizeI8 : kernels.quantizeI16;
        quantize(x.address, x.stride, tokenCount, columnCount, integers);
        rounded = kind;
      }
      if (HELD_TYPES[matrix.type].integers === 'i16') {
        kernels.productBytes(...weights, columnCount, integers, ...target);
      } else {
        const integerBytes = kind === 'i8' ? 1 : 2;
        kernels.productNibbles(...weights, columnCount, integers, integerBytes, ...target);
      }
    }
  };
}

function integersFor({ type }: Matrix, activations: Activations): 'none' | 'i16' | 'i8' {
  const { integers } = HELD_TYPES[type];
  if (activations === 'f32' || integers === 'none') return 'none';
  return activations === 'i8' && integers === 'i16-or-i8' ? 'i8' : 'i16';
}
