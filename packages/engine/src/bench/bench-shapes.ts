import type { ModelConfig } from '@manyhands/model/config';
import { blockSize } from '@manyhands/model/quant/block-layout';
import { expectedTensors } from '@manyhands/model/stage-tensors';
import type { TensorInfo } from '@manyhands/model/tensor';
import type { StageSpec } from '../stage.ts';

/** Matrices of these types are measured; they are what people publish models in. */
export const BENCH_TYPES = ['Q4_0', 'Q8_0', 'Q4_K', 'F16'] as const;
export type BenchType = (typeof BENCH_TYPES)[number];

export const BENCH_SHAPE_IDS = ['smollm2-135m', 'qwen3-0.6b', 'llama-3.2-1b'] as const;
export type BenchShapeId = (typeof BENCH_SHAPE_IDS)[number];

export interface BenchShape {
  readonly name: string;
  readonly config: ModelConfig;
}

const LLAMA = {
  architecture: 'llama',
  contextLength: 4096,
  rmsNormEps: 1e-5,
  ropeStyle: 'interleaved',
  ropeFrequencyScale: 1,
  hasRopeFactors: false,
  hasQkvBias: false,
  hasQkNorm: false,
  hasTiedEmbedding: true,
} as const;

/** The dimensions of published models, from their config.json files. */
export const BENCH_SHAPES: Readonly<Record<BenchShapeId, BenchShape>> = {
  'smollm2-135m': {
    name: 'SmolLM2-135M',
    config: {
      ...LLAMA,
      blockCount: 30,
      hiddenSize: 576,
      headCount: 9,
      kvHeadCount: 3,
      headDim: 64,
      ffnSize: 1536,
      vocabSize: 49_152,
      ropeDim: 64,
      ropeTheta: 100_000,
    },
  },
  'qwen3-0.6b': {
    name: 'Qwen3-0.6B',
    config: {
      ...LLAMA,
      architecture: 'qwen3',
      rmsNormEps: 1e-6,
      ropeStyle: 'half',
      hasQkNorm: true,
      blockCount: 28,
      hiddenSize: 1024,
      headCount: 16,
      kvHeadCount: 8,
      headDim: 128,
      ffnSize: 3072,
      vocabSize: 151_936,
      ropeDim: 128,
      ropeTheta: 1_000_000,
    },
  },
  'llama-3.2-1b': {
    name: 'Llama-3.2-1B',
    config: {
      ...LLAMA,
      hasRopeFactors: true,
      blockCount: 16,
      hiddenSize: 2048,
      headCount: 32,
      kvHeadCount: 8,
      headDim: 64,
      ffnSize: 8192,
      vocabSize: 128_256,
      ropeDim: 64,
      ropeTheta: 500_000,
    },
  },
};

/** Rows of a shape fill whole blocks of the type. */
export function fits({ config }: BenchShape, type: BenchType): boolean {
  const { hiddenSize, ffnSize, headCount, headDim } = config;
  return [hiddenSize, ffnSize, headCount * headDim].every((size) => size % blockSize(type) === 0);
}

/** `blockCount` blocks in the middle of the model, every matrix of one type. */
export function benchSpec({ config }: BenchShape, type: BenchType, blockCount: number): StageSpec {
  const range = { firstBlock: 0, endBlock: blockCount, embeds: false, heads: false };
  const tensors = expectedTensors(config, range).map(
    ({ name, dims }): TensorInfo => ({
      name,
      type: dims.length > 1 ? type : 'F32',
      dims,
      offset: 0,
      byteLength: 0,
    }),
  );
  return { ...range, config, tensors };
}
