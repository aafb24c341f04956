import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import { groupCount } from '../../weights/row-layout.ts';
import params from '../params.wgsl?raw';
import { type ProductShape, productConstants, type Tiling } from '../product-shape.ts';
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

/** Bindings: weights, x, gain (any buffer where nothing is normalised), out. */
export function matVecKernel(shape: ProductShape, options: MatVecOptions): KernelSpec {
  return {
    entryPoint: 'mat_vec',
    variant: shape.type,
    code: [params, READ_WEIGHTS[shape.type], stagedRow, matVec].join('\n'),
    bindings: ['read', 'read', 'read', 'write'],
    constants: {
      ...productConstants(shape),
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

/** Bindings: weights, x, out. */
export function matVecRowsKernel(shape: ProductShape, tiling: Tiling): KernelSpec {
  return {
    entryPoint: 'mat_vec_rows',
    variant: shape.type,
    code: [params, READ_WEIGHTS[shape.type], matVecRows].join('\n'),
    bindings: ['read', 'read', 'write'],
    constants: {
      ...productConstants(shape),
      slice_count: tiling.sliceCount,
      tile_chunks: tiling.rowsTileChunks,
    },
  };
}

export function matVecRowsWorkgroups(rowCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(groupCount(rowCount), Math.ceil(tokenCount / TOKENS_PER_WORKGROUP));
}
