import type { Architecture } from '@manyhands/model/config';

/** The dimensions of a model whose weights are made up. */
export interface Shape {
  readonly name: string;
  readonly architecture: Architecture;
  readonly hiddenSize: number;
  readonly ffnSize: number;
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headDim: number;
  readonly vocabSize: number;
  readonly blockCount: number;
  readonly ropeTheta: number;
  readonly rmsNormEps: number;
  readonly hasRopeFactors: boolean;
}

/** Shapes of models that people run in browsers; all of them tie the head to the embedding. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  'smollm2-135m': {
    name: 'smollm2-135m',
    architecture: 'llama',
    hiddenSize: 576,
    ffnSize: 1536,
    headCount: 9,
    kvHeadCount: 3,
    headDim: 64,
    vocabSize: 49_152,
    blockCount: 30,
    ropeTheta: 100_000,
    rmsNormEps: 1e-5,
    hasRopeFactors: false,
  },
  'qwen3-0.6b': {
    name: 'qwen3-0.6b',
    architecture: 'qwen3',
    hiddenSize: 1024,
    ffnSize: 3072,
    headCount: 16,
    kvHeadCount: 8,
    headDim: 128,
    vocabSize: 151_936,
    blockCount: 28,
    ropeTheta: 1_000_000,
    rmsNormEps: 1e-6,
    hasRopeFactors: false,
  },
  'llama-3.2-1b': {
    name: 'llama-3.2-1b',
    architecture: 'llama',
    hiddenSize: 2048,
    ffnSize: 8192,
    headCount: 32,
    kvHeadCount: 8,
    headDim: 64,
    vocabSize: 128_256,
    blockCount: 16,
    ropeTheta: 500_000,
    rmsNormEps: 1e-5,
    hasRopeFactors: true,
  },
  // Nothing to decide on: small enough to try the benchmark itself.
  tiny: {
    name: 'tiny',
    architecture: 'qwen3',
    hiddenSize: 256,
    ffnSize: 512,
    headCount: 8,
    kvHeadCount: 2,
    headDim: 32,
    vocabSize: 1024,
    blockCount: 2,
    ropeTheta: 10_000,
    rmsNormEps: 1e-6,
    hasRopeFactors: false,
  },
};

/** Types that synthetic weights come in, fastest to decide on first. */
export const WEIGHT_TYPES = ['Q4_0', 'Q8_0', 'Q4_K', 'F16'] as const;
export type WeightType = (typeof WEIGHT_TYPES)[number];
