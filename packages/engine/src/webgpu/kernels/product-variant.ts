import type { DeviceType } from '@manyhands/model/quant/device-type';
import type { BindingAccess } from '../kernel.ts';
import { READ_PACKED } from '../weights/read-packed.ts';
import { READ_QUADS } from '../weights/read-quads.ts';
import { READ_WEIGHTS } from '../weights/read-weights.ts';
import weightTexture from '../weights/weight-texture.wgsl?raw';
import wordsBuffer from '../weights/words-buffer.wgsl?raw';
import addPartials from './add-partials.wgsl?raw';
import addPartialsSubgroups from './add-partials-subgroups.wgsl?raw';
import params from './params.wgsl?raw';
import quadRow from './quad-row.wgsl?raw';
import quadRows from './quad-rows.wgsl?raw';
import quadTokens from './quad-tokens.wgsl?raw';
import shape from './shape.wgsl?raw';
import stagedRow from './staged-row.wgsl?raw';
import stagedRows from './staged-rows.wgsl?raw';
import stagedTile from './staged-tile.wgsl?raw';
import stagedTileI8 from './staged-tile-i8.wgsl?raw';
import subgroups from './subgroups.wgsl?raw';
import tileF16 from './tile-f16.wgsl?raw';
import tileF32 from './tile-f32.wgsl?raw';

/** How a product of one row is computed; each reads the same weights. */
export type OneRowVariant = 'staged' | 'subgroups' | 'i8' | 'f16' | 'quad';

/** How a product of a few rows is computed: tiles in workgroup memory, or quads on a processor. */
export type RowsVariant = 'staged' | 'quad';

/** How a product of many rows is computed: in tiles of 32 or of 64 rows by as many tokens. */
export type ManyRowsVariant = 'tiled' | 'wide' | 'f16';

/** What activations may be rounded to inside a product; `auto`: as `chooseActivations` says. */
export type ActivationClass = 'f32' | 'i8' | 'f16';
export type ActivationChoice = ActivationClass | 'auto';

/** What decides which variants an adapter can run. */
export interface ProductFeatures {
  /** Software, which runs invocations as lanes of the processor's vectors. */
  readonly isFallback: boolean;
  readonly hasSubgroups: boolean;
  readonly hasF16: boolean;
  /** `dot4I8Packed`: a feature of the language, not of the adapter. */
  readonly hasPackedDot: boolean;
}

export function productFeatures(device: GPUDevice, isFallback: boolean): ProductFeatures {
  return {
    isFallback,
    hasSubgroups: device.features.has('subgroups'),
    hasF16: device.features.has('shader-f16'),
    hasPackedDot: navigator.gpu.wgslLanguageFeatures.has('packed_4x8_integer_dot_product'),
  };
}

/**
 * The class a stage is loaded with. What an adapter lacks falls back to f32, and so does `auto`: the
 * other classes round one row and not a few, so that a session's numbers would depend on who shares
 * its passes.
 */
export function chooseActivations(
  choice: ActivationChoice,
  { hasF16, hasPackedDot }: ProductFeatures,
): ActivationClass {
  if (choice === 'i8') return hasPackedDot ? 'i8' : 'f32';
  return choice === 'f16' && hasF16 ? 'f16' : 'f32';
}

/** Of products of one row, which read it with its gain: shape, weights, x, gain, out. */
export function oneRowBindings(variant: OneRowVariant): readonly BindingAccess[] {
  return variant === 'quad'
    ? ['uniform', 'texture', 'read', 'read', 'write', 'sampler']
    : ['uniform', 'read', 'read', 'read', 'write'];
}

/** Of products of a few rows: the same, but quads sample packed inputs: shape, weights, inputs, out. */
export function rowsBindings(variant: RowsVariant): readonly BindingAccess[] {
  return variant === 'quad'
    ? ['uniform', 'texture', 'texture', 'write', 'sampler']
    : ['uniform', 'read', 'read', 'read', 'write'];
}

/** What a one-row kernel of a variant is prepended with. */
export function oneRowPrelude(variant: OneRowVariant, type: DeviceType): readonly string[] {
  const staged = [params, shape, wordsBuffer, READ_WEIGHTS[type], stagedRow];
  switch (variant) {
    case 'quad':
      return [subgroups, params, shape, weightTexture, quadRow, quadRows, READ_QUADS[type]];
    case 'i8':
      return [...staged, addPartials, READ_PACKED[type] ?? '', stagedTileI8];
    case 'f16':
      return [tileF16, ...staged, addPartials, stagedTile];
    case 'subgroups':
      return [subgroups, tileF32, ...staged, addPartialsSubgroups, stagedTile];
    case 'staged':
      return [tileF32, ...staged, addPartials, stagedTile];
    default:
      return variant satisfies never;
  }
}

/** The same for a kernel of a few rows. */
export function rowsPrelude(variant: RowsVariant, type: DeviceType): readonly string[] {
  if (variant === 'quad') {
    return [subgroups, params, shape, weightTexture, quadTokens, quadRows, READ_QUADS[type]];
  }
  return [params, shape, wordsBuffer, READ_WEIGHTS[type], stagedRows];
}

/** Tokens that one workgroup of such a kernel multiplies. */
export const TOKENS_PER_WORKGROUP: Readonly<Record<RowsVariant, number>> = { staged: 8, quad: 4 };

/** Whether a device runs a variant for a weight type. */
export function supportsOneRow(
  variant: OneRowVariant,
  type: DeviceType,
  features: ProductFeatures,
): boolean {
  switch (variant) {
    case 'staged':
      return true;
    case 'subgroups':
    case 'quad':
      return features.hasSubgroups;
    case 'i8':
      return features.hasPackedDot && READ_PACKED[type] !== undefined;
    case 'f16':
      // F32 weights may lie outside of f16.
      return features.hasF16 && type !== 'F32';
    default:
      return variant satisfies never;
  }
}

/** The variants to choose from for one row, the likeliest best first: what is used untuned. */
export function oneRowVariants(
  features: ProductFeatures,
  type: DeviceType,
  activations: ActivationClass,
): readonly [OneRowVariant, ...OneRowVariant[]] {
  const rounded = activations === 'f32' ? [] : [activations];
  const exact: OneRowVariant[] = ['subgroups', 'staged'];
  const [first = 'staged', ...others] = [...rounded, ...exact].filter((variant) =>
    supportsOneRow(variant, type, features),
  );
  return [first, ...others];
}

/** How norms and attention are computed; products are where weights lie in textures (`hasQuads`). */
export function chooseRowsVariant({ isFallback, hasSubgroups }: ProductFeatures): RowsVariant {
  return isFallback && hasSubgroups ? 'quad' : 'staged';
}

/** Whether a device runs a mat-mul variant for a weight type. */
export function supportsManyRows(
  variant: ManyRowsVariant,
  type: DeviceType,
  { hasF16 }: ProductFeatures,
): boolean {
  return variant !== 'f16' || (hasF16 && type !== 'F32');
}

/** The mat-muls to choose from, the likeliest best first. */
export function manyRowsVariants(
  features: ProductFeatures,
  type: DeviceType,
  activations: ActivationClass,
): readonly [ManyRowsVariant, ...ManyRowsVariant[]] {
  const isHalf = activations === 'f16' && supportsManyRows('f16', type, features);
  return isHalf ? ['f16', 'wide', 'tiled'] : ['wide', 'tiled'];
}
