import type { ModelConfig } from '@manyhands/model/config';
import { CHUNK_TOKENS_MAX } from '../limits.ts';
import { createRotations } from '../rotations.ts';
import type { ReadTensor, StageSpec } from '../stage.ts';
import { allocateBlock, type BlockWeights, buildBlock } from './block.ts';
import type { GpuDevice } from './device.ts';
import { buildEmbedding, buildHead } from './ends.ts';
import { packedSize } from './kernels/pack-inputs/pack-inputs.ts';
import {
  type ActivationChoice,
  type ActivationClass,
  chooseActivations,
  chooseRowsVariant,
  productFeatures,
} from './kernels/product-variant.ts';
import { createChunkRows } from './kv/chunk-rows.ts';
import { createKvPool } from './kv/kv-pool.ts';
import { type KvType, pagePartBytes } from './kv/kv-type.ts';
import type { GpuMemory } from './memory.ts';
import { createReadBackRing } from './read-back.ts';
import type { LoadedParts } from './run-chunk.ts';
import { createReadBacks, createScratch, widestInput } from './scratch.ts';
import type { StageContext } from './stage-context.ts';
import { createSubmitPace } from './submit-pace.ts';
import { createTuning, type TunedChoices, type Tuning } from './tuning.ts';
import { createWeightLoader, type WeightLoader } from './weights/load-weights.ts';
import { TEXTURE_SIDE_MAX } from './weights/texture-layout.ts';

export interface LoadStageParts {
  readonly gpu: GpuDevice;
  readonly memory: GpuMemory;
  readonly spec: StageSpec;
  readonly readTensor: ReadTensor;
  readonly hasMatMul: boolean;
  readonly hasSplits: boolean;
  readonly kvType: KvType;
  readonly bindingBytesMax: number;
  readonly submitMsMax?: number | undefined;
  readonly activations?: ActivationChoice | undefined;
  /** The fastest variants as far as they are known of this adapter. */
  readonly choices?: TunedChoices | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWeightsLoaded?: (() => void) | undefined;
}

export interface LoadedStage extends LoadedParts {
  readonly activations: ActivationClass;
  readonly tuning: Tuning;
}

/**
 * Allocates a stage, then streams its tensors to the device while the kernels compile: each is done
 * before the other where the network or the compiler is slow.
 */
export async function loadParts(load: LoadStageParts): Promise<LoadedStage> {
  const { gpu, memory, spec, readTensor, signal, onWeightsLoaded } = load;
  const { kvType, hasSplits } = load;
  const { config, tensors } = spec;
  const chunkRows = createChunkRows(config.contextLength);
  const rowsBytes = chunkRows.byteLength;
  const features = productFeatures(gpu.device, gpu.isFallback);
  const activations = chooseActivations(load.activations ?? 'f32', features);
  // Mat-muls and products that round read buffers.
  const readsBuffers = load.hasMatMul || activations !== 'f32';
  // Longer rows than a texture may be wide go through the kernels that read buffers.
  const fits = packedSize(widestInput(config), CHUNK_TOKENS_MAX)[0] <= TEXTURE_SIDE_MAX;
  const hasQuads = chooseRowsVariant(features) === 'quad' && !readsBuffers && fits;
  const range = spec;
  const scratchOptions = { config, range, kvType, hasSplits, hasQuads, rowsBytes };
  const scratch = await createScratch(memory, scratchOptions);
  const readBacks = createReadBackRing(await createReadBacks(memory, config));
  const limits = { bindingBytesMax: load.bindingBytesMax, inTextures: hasQuads };
  const weights = createWeightLoader(gpu.device, memory, tensors, limits);
  const { embedding, blocks, head, factors } = await allocate(weights, spec);
  const context: StageContext = {
    config,
    kernels: gpu.kernels,
    scratch,
    memory,
    features,
    activations,
    tuning: createTuning(load.choices),
    hasMatMul: load.hasMatMul,
    hasQuads,
    kvType,
    hasSplits,
  };
  const [embeddingWork, headWork, blockWork] = await Promise.all([
    spec.embeds && embedding ? buildEmbedding(context, embedding) : undefined,
    head && buildHead(context, head),
    Promise.all(blocks.map((block) => buildBlock(context, block))),
    weights.load(readTensor, signal).then(onWeightsLoaded),
  ]);
  const pool = createKvPool({
    device: gpu.device,
    memory,
    kernels: blockWork.map(({ cache }) => cache),
    partBytes: pagePartBytes(kvType, config.kvHeadCount, config.headDim),
    copyBuffer: scratch.page,
  });
  return {
    firstBlock: spec.firstBlock,
    hiddenSize: config.hiddenSize,
    ropeDim: config.ropeDim,
    embedding: embeddingWork,
    blocks: blockWork,
    head: headWork,
    rotations: createRotations(config, await factors),
    scratch,
    pool,
    chunkRows,
    readBacks,
    hasSplits,
    blockWeightCount: blockWeightCount(config),
    headWeightCount: config.vocabSize * config.hiddenSize,
    pace: createSubmitPace(gpu.isFallback, load.submitMsMax),
    activations: context.activations,
    tuning: context.tuning,
  };
}

function blockWeightCount(config: ModelConfig): number {
  const { hiddenSize, ffnSize, headDim, headCount, kvHeadCount } = config;
  return hiddenSize * (2 * headDim * (headCount + kvHeadCount) + 3 * ffnSize);
}

async function allocate(weights: WeightLoader, spec: StageSpec) {
  const { config, firstBlock, endBlock, embeds, heads } = spec;
  const hasEmbedding = embeds || (heads && config.hasTiedEmbedding);
  const embedding = hasEmbedding ? await weights.stack(['token_embd.weight']) : undefined;
  const hasFactors = config.hasRopeFactors && endBlock > firstBlock;
  const factors = hasFactors ? weights.values('rope_freqs.weight') : undefined;
  const blocks: BlockWeights[] = [];
  for (let index = firstBlock; index < endBlock; index += 1) {
    blocks.push(await allocateBlock(weights, config, index));
  }
  const tied = config.hasTiedEmbedding ? embedding : undefined;
  const head = heads
    ? {
        gain: await weights.vector(['output_norm.weight']),
        output: tied ?? (await weights.stack(['output.weight'])),
      }
    : undefined;
  return { embedding, blocks, head, factors };
}
