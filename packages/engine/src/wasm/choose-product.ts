import type { DeviceType } from '@manyhands/model/quant/device-type';
import type { IntegerProductName } from './kernels.ts';

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
  | { readonly integers: 'i16' | 'i8' | 'i8-wide'; readonly product: IntegerProductName }
  | { readonly integers: 'none' };

/**
 * The product for a type. Where dots of two bytes would saturate, Q8_0 is multiplied with i16 that have the
 * numbers of i8: what a stage computes must not be the processor's choice.
 */
export function chooseProduct(
  type: DeviceType,
  activations: Activations,
  dotKind: DotKind,
): ChosenProduct {
  if (activations === 'f32' || type === 'F32' || type === 'F16') return { integers: 'none' };
  const i8 = activations === 'i8' ? PRODUCTS_I8[type][dotKind] : undefined;
  if (i8 !== undefined) return { integers: 'i8', product: i8 };
  return { integers: activations === 'i8' ? 'i8-wide' : 'i16', product: PRODUCTS_I16[type] };
}

type Quantised = Exclude<DeviceType, 'F32' | 'F16'>;

const PRODUCTS_I16: Readonly<Record<Quantised, IntegerProductName>> = {
  Q4_0: 'q40I16',
  Q4_K: 'q4KI16',
  Q6_K: 'q6KI16',
  Q8_0: 'q80I16',
};

/** Bytes of Q6_K are small enough for every kind; those of Q8_0 would saturate in pairs. */
const PRODUCTS_I8: Readonly<
  Record<Quantised, Readonly<Partial<Record<DotKind, IntegerProductName>>>>
> = {
  Q4_0: { unsigned: 'q40I8', signed: 'q40I8Signed', 'in-pairs': 'q40I8InPairs' },
  Q4_K: { unsigned: 'q4KI8', signed: 'q4KI8Signed', 'in-pairs': 'q4KI8InPairs' },
  Q6_K: { unsigned: 'q6KI8', signed: 'q6KI8', 'in-pairs': 'q6KI8' },
  Q8_0: { unsigned: 'q80I8', signed: 'q80I8Signed' },
};
