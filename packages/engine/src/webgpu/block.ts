import type { ModelConfig } from '@manyhands/model/config';
import { buildCacheKernels, type CacheKernels, type CacheWeights } from './block-cache.ts';
import { buildMlp, type MlpWeights } from './mlp.ts';
import { buildProjection } from './projection.ts';
import type { ByRowCount, StageContext } from './stage-context.ts';
import type { Stack, WeightLoader } from './weights/load-weights.ts';

/** One transformer block on the device. Its work is `before`, the cache's, then `after`. */
export interface Block {
  readonly before: ByRowCount;
  readonly cache: CacheKernels;
  readonly after: ByRowCount;
}

/** The tensors of one block, allocated on the device. */
export interface BlockWeights extends CacheWeights {
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
  const [before, output, mlp, cache] = await Promise.all([
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
    buildCacheKernels(context, weights),
  ]);
  return {
    before,
    after: {
      one: [...output.one, ...mlp.one],
      few: [...output.few, ...mlp.few],
      many: [...output.many, ...mlp.many],
    },
    cache,
  };
}
