import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { READ_QUADS } from '../../weights/read-quads.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import { groupCount } from '../../weights/row-layout.ts';
import params from '../params.wgsl?raw';
import type { Tiling } from '../product-shape.ts';
import { type OneRowVariant, oneRowPrelude, type RowsVariant } from '../product-variant.ts';
import quadRows from '../quad-rows.wgsl?raw';
import shape from '../shape.wgsl?raw';
import subgroups from '../subgroups.wgsl?raw';
import matVec from './mat-vec.wgsl?raw';
import matVecQuad from './mat-vec-quad.wgsl?raw';
import matVecRows from './mat-vec-rows.wgsl?raw';
import matVecRowsQuad from './mat-vec-rows-quad.wgsl?raw';

/** Tokens that one workgroup of `mat_vec_rows` multiplies. */
const TOKENS_PER_WORKGROUP = { staged: 8, quad: 4 } as const;

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

/** Bindings: shape, weights, x, out. */
export function matVecRowsKernel(
  type: DeviceType,
  { variant, tiling }: { readonly variant: RowsVariant; readonly tiling: Tiling },
): KernelSpec {
  const isQuad = variant === 'quad';
  const code = isQuad
    ? [subgroups, params, shape, matVecRowsQuad, quadRows, READ_QUADS[type]]
    : [params, shape, READ_WEIGHTS[type], matVecRows];
  return {
    entryPoint: 'mat_vec_rows',
    variant: `${type} ${variant}`,
    code: code.join('\n'),
    bindings: ['uniform', 'read', 'read', 'write'],
    constants: isQuad ? {} : { slice_count: tiling.sliceCount, tile_chunks: tiling.rowsTileChunks },
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
