import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import { groupCount } from '../../weights/row-layout.ts';
import params from '../params.wgsl?raw';
import type { Tiling } from '../product-shape.ts';
import shape from '../shape.wgsl?raw';
import stagedRow from '../staged-row.wgsl?raw';
import matVec from './mat-vec.wgsl?raw';
import matVecRows from './mat-vec-rows.wgsl?raw';

/** Tokens that one workgroup of `mat_vec_rows` multiplies. */
const TOKENS_PER_WORKGROUP = 8;

export interface MatVecOptions {
  readonly tiling: Tiling;
  /** Normalises the input row first (RMS, times gain). */
  readonly normEpsilon?: number;
}

/** Bindings: shape, weights, x, gain (any buffer where nothing is normalised), out. */
export function matVecKernel(type: DeviceType, options: MatVecOptions): KernelSpec {
  return {
    entryPoint: 'mat_vec',
    variant: type,
    code: [params, shape, READ_WEIGHTS[type], stagedRow, matVec].join('\n'),
    bindings: ['uniform', 'read', 'read', 'read', 'write'],
    constants: {
      slice_count: options.tiling.sliceCount,
      tile_chunks: options.tiling.rowTileChunks,
      has_norm: Number(options.normEpsilon !== undefined),
      norm_epsilon: options.normEpsilon ?? 0,
    },
  };
}

export function matVecWorkgroups(rowCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(groupCount(rowCount), tokenCount);
}

/** Bindings: shape, weights, x, out. */
export function matVecRowsKernel(type: DeviceType, tiling: Tiling): KernelSpec {
  return {
    entryPoint: 'mat_vec_rows',
    variant: type,
    code: [params, shape, READ_WEIGHTS[type], matVecRows].join('\n'),
    bindings: ['uniform', 'read', 'read', 'write'],
    constants: {
      slice_count: tiling.sliceCount,
      tile_chunks: tiling.rowsTileChunks,
    },
  };
}

export function matVecRowsWorkgroups(rowCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(groupCount(rowCount), Math.ceil(tokenCount / TOKENS_PER_WORKGROUP));
}
