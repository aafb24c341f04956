import type { Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import params from '../params.wgsl?raw';
import attention from './attention.wgsl?raw';

export interface AttentionShape {
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headDim: number;
}

/** Two rows of a head and 64 scores fit into 16 KiB of workgroup memory. */
export const HEAD_DIM_MAX = 1984;

/** Bindings: queries, keys, values, out. */
export function attentionKernel(shape: AttentionShape): KernelSpec {
  return {
    entryPoint: 'attention',
    variant: 'f32',
    code: [params, attention].join('\n'),
    bindings: ['read', 'read', 'read', 'write'],
    constants: {
      head_count: shape.headCount,
      kv_head_count: shape.kvHeadCount,
      head_dim: shape.headDim,
    },
  };
}

export function attentionWorkgroups(headCount: number, tokenCount: number): Workgroups {
  return [headCount, tokenCount, 1];
}
