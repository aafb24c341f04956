import type { Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { type KvType, quadCount, READ_KV } from '../../kv/kv-type.ts';
import page from '../../kv/page.wgsl?raw';
import params from '../params.wgsl?raw';
import attend from './attend.wgsl?raw';
import attention from './attention.wgsl?raw';
import attentionMerge from './attention-merge.wgsl?raw';
import attentionSplit from './attention-split.wgsl?raw';

export interface AttentionShape {
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headDim: number;
}

/** One invocation of 64 owns four dimensions of the output. */
export const HEAD_DIM_MAX = 256;

/** Bindings: rows, queries, keys, values, out. */
export function attentionKernel(shape: AttentionShape, kvType: KvType): KernelSpec {
  return {
    entryPoint: 'attention',
    variant: kvType,
    code: [params, page, READ_KV[kvType], attend, attention].join('\n'),
    bindings: ['read', 'read', 'read', 'read', 'write'],
    constants: constantsOf(shape),
  };
}

/** Bindings: rows, queries, keys, values, partial sums, partial stats. */
export function attentionSplitKernel(shape: AttentionShape, kvType: KvType): KernelSpec {
  return {
    entryPoint: 'attention_split',
    variant: kvType,
    code: [params, page, READ_KV[kvType], attend, attentionSplit].join('\n'),
    bindings: ['read', 'read', 'read', 'read', 'write', 'write'],
    constants: constantsOf(shape),
  };
}

/** Bindings: partial sums, partial stats, out. */
export function attentionMergeKernel({ headCount, headDim }: AttentionShape): KernelSpec {
  return {
    entryPoint: 'attention_merge',
    variant: 'f32',
    code: [params, attentionMerge].join('\n'),
    bindings: ['read', 'read', 'write'],
    constants: { head_count: headCount, head_dim: headDim, quad_count: quadCount(headDim) },
  };
}

function constantsOf({ headCount, kvHeadCount, headDim }: AttentionShape) {
  const quads = quadCount(headDim);
  return {
    head_count: headCount,
    kv_head_count: kvHeadCount,
    head_dim: headDim,
    quad_count: quads,
    slice_count: Math.floor(64 / quads),
  };
}

/** Queries that one workgroup owns. */
const QUERIES = 4;

/** For `tileCount` tiles of at most `tileRows` rows, each in `splitCount` parts. */
export function attentionWorkgroups(
  { headCount, kvHeadCount }: AttentionShape,
  tileRows: number,
  tileCount: number,
  splitCount = 1,
): Workgroups {
  const fours = Math.ceil((tileRows * headCount) / kvHeadCount / QUERIES);
  return [kvHeadCount * fours, tileCount, splitCount];
}

export function attentionMergeWorkgroups(headCount: number, tokenCount: number): Workgroups {
  return [headCount, tokenCount, 1];
}
