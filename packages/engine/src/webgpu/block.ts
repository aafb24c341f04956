import type { ModelConfig } from '@manyhands/model/config';
import type { Dispatch } from './dispatch.ts';
import type { Kernel } from './kernel.ts';
import { attentionKernel, attentionWorkgroups } from './kernels/attention/attention.ts';
import {
  type QkvAppendShape,
  qkvAppendKernel,
  qkvAppendWorkgroups,
} from './kernels/qkv-append/qkv-append.ts';
import { buildMlp, type MlpWeights } from './mlp.ts';
import { buildProjection } from './projection.ts';
import type { ByRowCount, StageContext } from './stage-context.ts';
import type { Stack, WeightLoader } from './weights/load-weights.ts';

/** Keys and values of one session in one block. */
export interface BlockCache {
  readonly keys: GPUBuffer;
  readonly values: GPUBuffer;
}

/** One transformer block on the device. Its work is `before`, the cache's, then `after`. */
export interface Block {
  readonly before: ByRowCount;
  readonly after: ByRowCount;
  /** What reads and writes a session's cache; bound once for each session. */
  bindCache(cache: BlockCache): readonly Dispatch[];
}

/** The tensors of one block, allocated on the device. */
export interface BlockWeights {
  readonly attentionGain: GPUBuffer;
  readonly qkv: Stack;
  /** The three biases, laid out as the projections' output (qwen2). */
  readonly bias: GPUBuffer | undefined;
  /** Query gains, then key gains (qwen3). */
  readonly headGains: GPUBuffer | undefined;
  readonly output: Stack;
  readonly mlp: MlpWeights;
}

export async function allocateBlock(
  weights: WeightLoader,
  config: ModelConfig,
  index: number,
): Promise<BlockWeights> {
  const named = (...parts: string[]) => parts.map((part) => `blk.${index}.${part}`);
  const qkv = await weights.stack(named('attn_q.weight', 'attn_k.weight', 'attn_v.weight'));
  const biases = named('attn_q.bias', 'attn_k.bias', 'attn_v.bias');
  const headGains = named('attn_q_norm.weight', 'attn_k_norm.weight');
  return {
    attentionGain: await weights.vector(named('attn_norm.weight')),
    qkv,
    bias: config.hasQkvBias ? await weights.vector(biases, qkv.outOffsets) : undefined,
    headGains: config.hasQkNorm ? await weights.vector(headGains) : undefined,
    output: await weights.stack(named('attn_output.weight')),
    mlp: {
      gain: await weights.vector(named('ffn_norm.weight')),
      gateUp: await weights.stack(named('ffn_gate.weight', 'ffn_up.weight')),
      down: await weights.stack(named('ffn_down.weight')),
    },
  };
}

/** Compiles a block's kernels and binds its buffers. */
export async function buildBlock(context: StageContext, weights: BlockWeights): Promise<Block> {
  const { scratch } = context;
  const [before, output, mlp, bindCache] = await Promise.all([
    buildProjection(context, weights.qkv, {
      x: scratch.hidden,
      gain: weights.attentionGain,
      out: scratch.qkv,
      accumulates: false,
    }),
    buildProjection(context, weights.output, {
      x: scratch.attended,
      out: scratch.hidden,
      accumulates: true,
    }),
    buildMlp(context, weights.mlp),
    buildCacheWork(context, weights),
  ]);
  return {
    before,
    after: {
      one: [...output.one, ...mlp.one],
      few: [...output.few, ...mlp.few],
      many: [...output.many, ...mlp.many],
    },
    bindCache,
  };
}

async function buildCacheWork(
  context: StageContext,
  weights: BlockWeights,
): Promise<Block['bindCache']> {
  const { config, kernels, scratch } = context;
  const shape = qkvShape(config, weights.qkv);
  const [append, attention] = await Promise.all([
    kernels.get(qkvAppendKernel(shape)),
    kernels.get(attentionKernel(config)),
  ]);
  const bias = weights.bias ?? weights.attentionGain;
  const gains = weights.headGains ?? weights.attentionGain;
  const bind = (kernel: Kernel, buffers: GPUBuffer[]) => kernel.bind(scratch.params, buffers);
  const { queries, attended, rotations } = scratch;
  return ({ keys, values }) => [
    {
      kernel: append,
      group: bind(append, [scratch.qkv, bias, gains, rotations, queries, keys, values]),
      workgroups: (tokenCount) => qkvAppendWorkgroups(shape, tokenCount),
    },
    {
      kernel: attention,
      group: bind(attention, [queries, keys, values, attended]),
      workgroups: (tokenCount) => attentionWorkgroups(config.headCount, tokenCount),
    },
  ];
}

function qkvShape(config: ModelConfig, qkv: Stack): QkvAppendShape {
  const { headCount, kvHeadCount, headDim, ropeDim, ropeStyle } = config;
  const [, keyOffset = 0, valueOffset = 0] = qkv.outOffsets;
  return {
    headCount,
    kvHeadCount,
    headDim,
    ropeDim,
    ropeStyle,
    hasBias: config.hasQkvBias,
    ...(config.hasQkNorm && { normEpsilon: config.rmsNormEps }),
    qkvStride: qkv.outStride,
    keyOffset,
    valueOffset,
  };
}
