import type { Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { CHUNK_WEIGHTS, chunkCount } from '../../weights/row-layout.ts';
import type { TextureSize } from '../../weights/texture-layout.ts';
import params from '../params.wgsl?raw';
import subgroups from '../subgroups.wgsl?raw';
import packInputs from './pack-inputs.wgsl?raw';

const COLUMNS_PER_TEXEL = 4;

/** Bindings: x, gain (any buffer where nothing is normalised), the texture. */
export function packInputsKernel(columnCount: number, normEpsilon?: number): KernelSpec {
  return {
    entryPoint: 'pack_inputs',
    variant: normEpsilon === undefined ? 'f32' : 'f32 norm',
    code: [subgroups, params, packInputs].join('\n'),
    bindings: ['read', 'read', 'texels'],
    constants: {
      column_count: columnCount,
      has_norm: Number(normEpsilon !== undefined),
      norm_epsilon: normEpsilon ?? 0,
    },
  };
}

export function packInputsWorkgroups(tokenCount: number): Workgroups {
  return [tokenCount, 1, 1];
}

/** Texels of a texture for so many rows of so many columns. */
export function packedSize(columnCount: number, rowCount: number): TextureSize {
  return [(chunkCount(columnCount) * CHUNK_WEIGHTS) / COLUMNS_PER_TEXEL, rowCount];
}
