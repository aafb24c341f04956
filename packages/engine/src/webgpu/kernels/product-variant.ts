import type { DeviceType } from '@manyhands/model/quant/device-type';
import { READ_QUADS } from '../weights/read-quads.ts';
import { READ_WEIGHTS } from '../weights/read-weights.ts';
import params from './params.wgsl?raw';
import quadRow from './quad-row.wgsl?raw';
import quadRows from './quad-rows.wgsl?raw';
import shape from './shape.wgsl?raw';
import stagedRow from './staged-row.wgsl?raw';
import subgroups from './subgroups.wgsl?raw';

/** How a product of one row is computed; each reads the same weights. */
export type OneRowVariant = 'staged' | 'quad';

/** What a one-row kernel of a variant is prepended with. */
export function oneRowPrelude(variant: OneRowVariant, type: DeviceType): readonly string[] {
  if (variant === 'quad') return [subgroups, params, shape, quadRow, quadRows, READ_QUADS[type]];
  return [params, shape, READ_WEIGHTS[type], stagedRow];
}

/** What decides which variants an adapter can run. */
export interface ProductFeatures {
  /** Software, which runs invocations as lanes of the processor's vectors. */
  readonly isFallback: boolean;
  readonly hasSubgroups: boolean;
}

export function productFeatures(device: GPUDevice, isFallback: boolean): ProductFeatures {
  return { isFallback, hasSubgroups: device.features.has('subgroups') };
}

/** The variants a device can run for one row, the likeliest best first: what is used untuned. */
export function oneRowVariants(
  { isFallback, hasSubgroups }: ProductFeatures,
  _type: DeviceType,
): readonly [OneRowVariant, ...OneRowVariant[]] {
  // An order of magnitude faster than any other there, so that nothing needs to be measured.
  if (isFallback && hasSubgroups) return ['quad'];
  return ['staged'];
}

/** How `mat_vec_rows` is computed: tiles in workgroup memory, or quads on a processor. */
export type RowsVariant = 'staged' | 'quad';

export function chooseRowsVariant({ isFallback, hasSubgroups }: ProductFeatures): RowsVariant {
  return isFallback && hasSubgroups ? 'quad' : 'staged';
}
