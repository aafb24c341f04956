import {
  type Activations,
  type ChosenProduct,
  chooseProduct,
  DOT_KINDS,
  type DotKind,
} from './choose-product.ts';
import type { Kernels } from './kernels.ts';
import type { Rows } from './scratch.ts';
import { DEVICE_TYPES, HELD_TYPES } from './weights/held-type.ts';
import type { Matrix } from './weights/load-weights.ts';

/** Where a product goes. */
export interface Product {
  readonly matrix: Matrix;
  readonly out: Rows;
  /** Adds to what is there. */
  readonly accumulates?: boolean;
}

/**
 * Multiplies `tokenCount` rows with matrices of the same length; rounds the rows at most once. Of more
 * than one row it writes multiples of four.
 */
export type Multiply = (x: Rows, tokenCount: number, products: readonly Product[]) => void;

export interface MultiplyDeps {
  readonly kernels: Kernels;
  readonly activations: Activations;
  readonly scratch: { readonly integers: number; readonly strip: number; readonly sums: number };
}

export function createMultiply({ kernels, activations, scratch }: MultiplyDeps): Multiply {
  const { integers, strip, sums } = scratch;
  const quantizers = {
    i16: kernels.quantizeI16,
    i8: kernels.quantizeI8,
    'i8-wide': kernels.quantizeI8Wide,
  };
  const dotKind = DOT_KINDS[kernels.dotKind(127, 255)] as DotKind;
  const chosen = new Map<string, ChosenProduct>(
    DEVICE_TYPES.map((type) => [type, chooseProduct(kernels, type, activations, dotKind)]),
  );
  return (x, tokenCount, products) => {
    let rounded = 'none';
    for (const { matrix, out, accumulates = false } of products) {
      const { type, address, stripBytes, stripCount, columnCount } = matrix;
      const choice = chosen.get(type) as ChosenProduct;
      if (choice.integers === 'none') {
        kernels.productF32(
          HELD_TYPES[type].code,
          address,
          stripBytes,
          stripCount,
          columnCount,
          strip,
          x.address,
          x.stride,
          tokenCount,
          out.address,
          out.stride,
          accumulates,
        );
        continue;
      }
      if (choice.integers !== rounded) {
        quantizers[choice.integers](x.address, x.stride, tokenCount, columnCount, integers);
        rounded = choice.integers;
      }
      choice.product(
        address,
        stripBytes,
        stripCount,
        columnCount,
        integers,
        tokenCount,
        out.address,
        out.stride,
        accumulates,
        sums,
      );
    }
  };
}
