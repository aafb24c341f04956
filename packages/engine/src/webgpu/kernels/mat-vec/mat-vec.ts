import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { groupCount } from '../../weights/row-layout.ts';
import type { Tiling } from '../product-shape.ts';
import {
  type OneRowVariant,
  oneRowBindings,
  oneRowPrelude,
  type RowsVariant,
  rowsBindings,
  rowsPrelude,
  TOKENS_PER_WORKGROUP,
} from '../product-variant.ts';
import matVec from './mat-vec.wgsl?raw';
import matVecQuad from './mat-vec-quad.wgsl?raw';
import matVecRows from './mat-vec-rows.wgsl?raw';
import matVecRowsQuad from './mat-vec-rows-quad.wgsl?raw';

export interface MatVecOptions {
  readonly variant: OneRowVariant;
  readonly tiling: Tiling;
  /** Normalises the input row first (RMS, times gain). */
  readonly normEpsilon?: number;
}

/** Bindings: shape, weights, x, gain (any buffer where nothing is normalised), out. */
export function matVecKernel(type: DeviceType, options: MatVecOptions): KernelSpec {
  const { variant, tiling, normEpsilon } = options;
  const isQuad = variant === 'quad';
  return {
    entryPoint: 'mat_vec',
    variant: `${type} ${variant}`,
    code: [...oneRowPrelude(variant, type), isQuad ? matVecQuad : matVec].join('\n'),
    bindings: oneRowBindings(variant),
    constants: {
      ...(!isQuad && { slice_count: tiling.sliceCount, tile_chunks: tiling.rowTileChunks }),
      has_norm: Number(normEpsilon !== undefined),
      norm_epsilon: normEpsilon ?? 0,
    },
  };
}

export function matVecWorkgroups(
  variant: OneRowVariant,
  rowCount: number,
  tokenCount: number,
): Workgroups {
  return foldWorkgroups(rowWorkgroups(variant, rowCount), tokenCount);
}

/** Workgroups that share the rows of a matrix. */
function rowWorkgroups(variant: OneRowVariant | RowsVariant, rowCount: number): number {
  return variant === 'quad' ? Math.ceil(groupCount(rowCount) / 2) : groupCount(rowCount);
}

export interface MatVecRowsOptions extends Omit<MatVecOptions, 'variant'> {
  readonly variant: RowsVariant;
}

/** Bindings: as those of `mat_vec`, but quads take packed inputs instead of x and gain, and norm nothing. */
export function matVecRowsKernel(type: DeviceType, options: MatVecRowsOptions): KernelSpec {
  const { variant, tiling, normEpsilon } = options;
  const isQuad = variant === 'quad';
  return {
    entryPoint: 'mat_vec_rows',
    variant: `${type} ${variant}`,
    code: [...rowsPrelude(variant, type), isQuad ? matVecRowsQuad : matVecRows].join('\n'),
    bindings: rowsBindings(variant),
    constants: {
      ...(!isQuad && {
        slice_count: tiling.sliceCount,
        tile_chunks: tiling.rowsTileChunks,
        has_norm: Number(normEpsilon !== undefined),
        norm_epsilon: normEpsilon ?? 0,
      }),
    },
  };
}

export function matVecRowsWorkgroups(
  variant: RowsVariant,
  rowCount: number,
  tokenCount: number,
): Workgroups {
  const tiles = Math.ceil(tokenCount / TOKENS_PER_WORKGROUP[variant]);
  return foldWorkgroups(rowWorkgroups(variant, rowCount), tiles);
}
