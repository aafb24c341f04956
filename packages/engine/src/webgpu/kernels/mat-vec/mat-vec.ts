import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { groupCount } from '../../weights/row-layout.ts';
import type { Tiling } from '../product-shape.ts';
import {
  type OneRowVariant,
  oneRowPrelude,
  type RowsVariant,
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
    bindings: ['uniform', 'read', 'read', 'read', 'write'],
    constants: {
      ...(!isQuad && { slice_count: tiling.sliceCount, tile_chunks: tiling.rowTileChunks }),
      has_norm: Number(normEpsilon !== undefined),
      norm_epsilon: normEpsilon ?? 0,
    },
  };
}

export function matVecWorkgroups(rowCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(groupCount(rowCount), tokenCount);
}

export interface MatVecRowsOptions extends Omit<MatVecOptions, 'variant'> {
  readonly variant: RowsVariant;
}

/** Bindings: as those of `mat_vec`. */
export function matVecRowsKernel(type: DeviceType, options: MatVecRowsOptions): KernelSpec {
  const { variant, tiling, normEpsilon } = options;
  const isQuad = variant === 'quad';
  return {
    entryPoint: 'mat_vec_rows',
    variant: `${type} ${variant}`,
    code: [...rowsPrelude(variant, type), isQuad ? matVecRowsQuad : matVecRows].join('\n'),
    bindings: ['uniform', 'read', 'read', 'read', 'write'],
    constants: {
      ...(!isQuad && { slice_count: tiling.sliceCount, tile_chunks: tiling.rowsTileChunks }),
      has_norm: Number(normEpsilon !== undefined),
      norm_epsilon: normEpsilon ?? 0,
    },
  };
}

export function matVecRowsWorkgroups(
  variant: RowsVariant,
  rowCount: number,
  tokenCount: number,
): Workgroups {
  return foldWorkgroups(
    groupCount(rowCount),
    Math.ceil(tokenCount / TOKENS_PER_WORKGROUP[variant]),
  );
}
