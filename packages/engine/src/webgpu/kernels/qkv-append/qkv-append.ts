import type { Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { type KvType, quadCount, WRITE_KV } from '../../kv/kv-type.ts';
import page from '../../kv/page.wgsl?raw';
import params from '../params.wgsl?raw';
import type { RowsVariant } from '../product-variant.ts';
import subgroups from '../subgroups.wgsl?raw';
import headPairs from './head-pairs.wgsl?raw';
import qkvAppend from './qkv-append.wgsl?raw';
import qkvAppendQuad from './qkv-append-quad.wgsl?raw';

export interface QkvAppendShape {
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headDim: number;
  readonly ropeDim: number;
  readonly ropeStyle: 'interleaved' | 'half';
  readonly hasBias: boolean;
  /** Present where query and key heads are normalised. */
  readonly normEpsilon?: number;
  /** Row length of the projections, and where keys and values start in it. */
  readonly qkvStride: number;
  readonly keyOffset: number;
  readonly valueOffset: number;
}

/** Bindings: rows, qkv, bias, gains, rotations, queries, keys, values. */
export function qkvAppendKernel(
  shape: QkvAppendShape,
  kvType: KvType,
  variant: RowsVariant = 'staged',
): KernelSpec {
  // One scale for the whole head in q8: its invocations must see each other's quads.
  const isQuad = variant === 'quad' && kvType !== 'q8';
  const shared = [params, page, headPairs, WRITE_KV[kvType]];
  return {
    entryPoint: 'qkv_append',
    variant: `${kvType} ${isQuad ? 'quad' : 'staged'}`,
    code: (isQuad ? [subgroups, ...shared, qkvAppendQuad] : [...shared, qkvAppend]).join('\n'),
    bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'write'],
    constants: {
      head_count: shape.headCount,
      kv_head_count: shape.kvHeadCount,
      head_dim: shape.headDim,
      quad_count: quadCount(shape.headDim),
      rope_dim: shape.ropeDim,
      is_interleaved: Number(shape.ropeStyle === 'interleaved'),
      has_bias: Number(shape.hasBias),
      has_norm: Number(shape.normEpsilon !== undefined),
      norm_epsilon: shape.normEpsilon ?? 0,
      qkv_stride: shape.qkvStride,
      key_offset: shape.keyOffset,
      value_offset: shape.valueOffset,
    },
  };
}

export function qkvAppendWorkgroups(shape: QkvAppendShape, tokenCount: number): Workgroups {
  return [shape.headCount + 2 * shape.kvHeadCount, tokenCount, 1];
}
