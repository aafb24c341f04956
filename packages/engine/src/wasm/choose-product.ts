import type { DeviceType } from '@manyhands/model/quant/device-type';
import type { IntegerProduct, Kernels } from './kernels.ts';

/**
 * What activations are rounded to for products with quantised matrices; with F16 and F32 matrices
 * they stay f32.
 */
export type Activations = 'f32' | 'i16' | 'i8';

/** What `dotKind` tells of an engine's dot products of bytes: see kernels/product-i8.as. */
export const DOT_KINDS = ['unsigned', 'signed', 'in-pairs'] as const;
export type DotKind = (typeof DOT_KINDS)[number];

/** How rows are multiplied with a matrix: without a product they stay f32; `i8-wide` are i8 kept as i16. */
export type ChosenProduct =
  | { readonly integers: 'i16' | 'i8' | 'i8-wide'; readonly product: IntegerProduct }
  | { readonly integers: 'none' };

/**
 * The product for a type. Where dots of two bytes would saturate, Q8_0 is multiplied with i16 that have the
 * numbers of i8: what a stage computes must not be the processor's choice.
 */
export function chooseProduct(
  kernels: Kernels,
  type: DeviceType,
  activations: Activations,
  dotKind: DotKind,
): ChosenProduct {
  if (activations === 'f32' || type === 'F32' || type === 'F16') return { integers: 'none' };
  const i8 = activations === 'i8' ? productI8(kernels, type, dotKind) : undefined;
  if (i8 !== undefined) return { integers: 'i8', product: i8 };
  const integers = activations === 'i8' ? 'i8-wide' : 'i16';
  return { integers, product: productI16(kernels, type) };
}

type Quantised = Exclude<DeviceType, 'F32' | 'F16'>;

function productI16(kernels: Kernels, type: Quantised): IntegerProduct {
  const { q40I16, q4KI16, q6KI16, q80I16 } = kernels;
  return { Q4_0: q40I16, Q4_K: q4KI16, Q6_K: q6KI16, Q8_0: q80I16 }[type];
}

function productI8(
  kernels: Kernels,
  type: Quantised,
  dotKind: DotKind,
): IntegerProduct | undefined {
  const { q40I8, q40I8InPairs, q40I8Signed, q4KI8, q4KI8InPairs, q4KI8Signed } = kernels;
  const { q6KI8, q80I8, q80I8Signed } = kernels;
  switch (type) {
    case 'Q4_0':
      return { 'in-pairs': q40I8InPairs, signed: q40I8Signed, unsigned: q40I8 }[dotKind];
    case 'Q4_K':
      return { 'in-pairs': q4KI8InPairs, signed: q4KI8Signed, unsigned: q4KI8 }[dotKind];
    case 'Q6_K':
      return q6KI8;
    case 'Q8_0':
      return { 'in-pairs': undefined, signed: q80I8Signed, unsigned: q80I8 }[dotKind];
    default:
      return type satisfies never;
  }
}
