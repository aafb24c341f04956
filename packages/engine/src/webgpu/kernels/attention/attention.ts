import type { Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { type KvType, quadCount, READ_KV } from '../../kv/kv-type.ts';
import page from '../../kv/page.wgsl?raw';
import params from '../params.wgsl?raw';
import type { RowsVariant } from '../product-variant.ts';
import subgroups from '../subgroups.wgsl?raw';
import attend from './attend.wgsl?raw';
import attention from './attention.wgsl?raw';
import attentionMerge from './attention-merge.wgsl?raw';
import attentionQuad from './attention-quad.wgsl?raw';
import attentionSplit from './attention-split.wgsl?raw';
import owned from './owned.wgsl?raw';

export interface AttentionShape {
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headDim: number;
}

/** One invocation of 64 owns four dimensions of the output. */
export const HEAD_DIM_MAX = 256;

/** Bindings: rows, queries, keys, values, out. */
export function attentionKernel(
  shape: AttentionShape,
  kvType: KvType,
  variant: RowsVariant = 'staged',
): KernelSpec {
  const shared = [params, page, READ_KV[kvType], owned];
  const isQuad = variant === 'quad';
  const code = isQuad ? [subgroups, ...shared, attentionQuad] : [...shared, attend, attention];
  return {
    entryPoint: 'attention',
    variant: `${kvType} ${variant}`,
    code: code.join('\n'),
    bindings: ['read', 'read', 'read', 'read', 'write'],
    constants: isQuad ? headConstants(shape) : constantsOf(shape),
  };
}

/** Bindings: rows, queries, keys, values, partial sums, partial stats. */
export function attentionSplitKernel(shape: AttentionShape, kvType: KvType): KernelSpec {
  return {
    entryPoint: 'attention_split',
    variant: kvType,
    code: [params, page, READ_KV[kvType], owned, attend, attentionSplit].join('\n'),
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

function constantsOf(shape: AttentionShape) {
  return { ...headConstants(shape), slice_count: Math.floor(64 / quadCount(shape.headDim)) };
}

function headConstants({ headCount, kvHeadCount, headDim }: AttentionShape) {
  return {
    head_count: headCount,
    kv_head_count: kvHeadCount,
    head_dim: headDim,
    quad_count: quadCount(headDim),
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
