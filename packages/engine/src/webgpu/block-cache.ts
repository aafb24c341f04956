import type { ModelConfig } from '@manyhands/model/config';
import { type Launch, recordLaunch } from './dispatch.ts';
import {
  attentionKernel,
  attentionMergeKernel,
  attentionMergeWorkgroups,
  attentionSplitKernel,
  attentionWorkgroups,
} from './kernels/attention/attention.ts';
import { chooseRowsVariant } from './kernels/product-variant.ts';
import {
  type QkvAppendShape,
  qkvAppendKernel,
  qkvAppendWorkgroups,
} from './kernels/qkv-append/qkv-append.ts';
import type { AttentionSplit, ChunkRows } from './kv/chunk-rows.ts';
import type { StageContext } from './stage-context.ts';
import type { Stack } from './weights/load-weights.ts';

/** Keys and values of all pages in one block. */
export interface BlockCache {
  readonly keys: GPUBuffer;
  readonly values: GPUBuffer;
}

/** What of a chunk decides the launches. */
export interface CachePlan extends AttentionSplit, Pick<ChunkRows, 'tileCount' | 'tileRows'> {
  readonly tokenCount: number;
}

/** A block's launches that read and write its cache. */
export interface CacheWork {
  /** Records them with params slot 0; returns how many. */
  record(pass: GPUComputePassEncoder, plan: CachePlan): number;
}

/** Their kernels, before the cache they work on exists. */
export interface CacheKernels {
  /** Bound once, and again where the cache has grown. */
  bind(cache: BlockCache): CacheWork;
}

export interface CacheWeights {
  readonly attentionGain: GPUBuffer;
  readonly qkv: Stack;
  readonly bias: GPUBuffer | undefined;
  readonly headGains: GPUBuffer | undefined;
}

/** Rope and append, then attention: in two launches, or three where a long context is split. */
export async function buildCacheKernels(
  context: StageContext,
  weights: CacheWeights,
): Promise<CacheKernels> {
  const { config, kernels, scratch, kvType } = context;
  const shape = qkvShape(config, weights.qkv);
  const variant = chooseRowsVariant(context.features);
  const split = context.hasSplits ? await buildSplit(context) : undefined;
  const [append, attention] = await Promise.all([
    kernels.get(qkvAppendKernel(shape, kvType, variant)),
    kernels.get(attentionKernel(config, kvType, variant)),
  ]);
  const bias = weights.bias ?? weights.attentionGain;
  const gains = weights.headGains ?? weights.attentionGain;
  const { params, rows, qkv, rotations, queries, attended } = scratch;

  return {
    bind({ keys, values }) {
      const placed = [rows, qkv, bias, gains, rotations, queries, keys, values];
      const appending = { kernel: append, group: append.bind(params, placed) };
      const read = [rows, queries, keys, values];
      const attending = { kernel: attention, group: attention.bind(params, [...read, attended]) };
      const splitting = split?.bind(read);
      return {
        record(pass, plan) {
          const { tokenCount, tileCount, tileRows, splitCount } = plan;
          recordLaunch(pass, appending, qkvAppendWorkgroups(shape, tokenCount));
          const size = attentionWorkgroups(config, tileRows, tileCount, splitCount);
          if (splitting === undefined || split === undefined || splitCount === 1) {
            recordLaunch(pass, attending, size);
            return 2;
          }
          recordLaunch(pass, splitting, size);
          recordLaunch(pass, split.merging, attentionMergeWorkgroups(config.headCount, tokenCount));
          return 3;
        },
      };
    },
  };
}

/**
 * Parts and their merge. Not one launch: WebGPU's atomics order no other memory between workgroups,
 * so the last one to finish could not rely on what the others wrote.
 */
async function buildSplit({ config, kernels, scratch, kvType }: StageContext) {
  const [split, merge] = await Promise.all([
    kernels.get(attentionSplitKernel(config, kvType)),
    kernels.get(attentionMergeKernel(config)),
  ]);
  const { params, partialSums, partialStats, attended } = scratch;
  const merging: Launch = {
    kernel: merge,
    group: merge.bind(params, [partialSums, partialStats, attended]),
  };
  return {
    merging,
    bind: (read: readonly GPUBuffer[]): Launch => ({
      kernel: split,
      group: split.bind(params, [...read, partialSums, partialStats]),
    }),
  };
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
