import { blockSize, tensorByteLength } from '@manyhands/model/quant/block-layout';
import { TENSOR_TYPES, type TensorType } from '@manyhands/model/tensor';
import {
  float32,
  type GgufField,
  text,
  uint32,
  writeGgufHeader,
} from '@manyhands/testkit/gguf-writer';
import { createRandom, type Random } from '@manyhands/testkit/random';
import { tinyVocabulary } from '@manyhands/testkit/tiny-vocabulary';
import { randomMatrix } from './random-weights.ts';
import type { Shape, WeightType } from './shapes.ts';

export interface SyntheticModel {
  readonly shape: Shape;
  readonly type: WeightType;
  /** Of the shape's blocks, how many to write. */
  readonly blockCount: number;
  readonly seed: number;
}

interface PlannedTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly chunks: (random: Random) => Iterable<Uint8Array>;
}

const ALIGNMENT_BYTES = 32;
const CONTEXT_LENGTH = 2048;
/** Logits spread over a few units, so that the likeliest tokens stand out. */
const EMBEDDING_GAIN = 2.5;

/** The bytes of a GGUF file of random weights, in order; the same seed gives the same file. */
export function* writeSyntheticModel(model: SyntheticModel): Generator<Uint8Array> {
  const { shape, seed } = model;
  const tensors = planTensors(model);
  const random = createRandom(seed);
  yield writeGgufHeader({
    metadata: [...metadata(model), ...tinyVocabulary(shape.vocabSize)],
    tensors: tensors.map(({ name, type, dims }) => ({
      name,
      type: TENSOR_TYPES[type],
      dims,
      byteLength: tensorByteLength(type, dims),
    })),
    alignment: ALIGNMENT_BYTES,
  });
  for (const { type, dims, chunks } of tensors) {
    yield* chunks(random);
    const rest = tensorByteLength(type, dims) % ALIGNMENT_BYTES;
    if (rest > 0) yield new Uint8Array(ALIGNMENT_BYTES - rest);
  }
}

/** The type of a matrix: rows that do not fill Q4_K's blocks of 256 take Q8_0, as quantisers do. */
export function matrixType(type: WeightType, rowLength: number): WeightType {
  return rowLength % blockSize(type) === 0 ? type : 'Q8_0';
}

function metadata({ shape, type, blockCount }: SyntheticModel): [string, GgufField][] {
  const { architecture } = shape;
  return [
    ['general.architecture', text(architecture)],
    ['general.name', text(`${shape.name} shape, random ${type}`)],
    [`${architecture}.context_length`, uint32(CONTEXT_LENGTH)],
    [`${architecture}.embedding_length`, uint32(shape.hiddenSize)],
    [`${architecture}.block_count`, uint32(blockCount)],
    [`${architecture}.feed_forward_length`, uint32(shape.ffnSize)],
    [`${architecture}.attention.head_count`, uint32(shape.headCount)],
    [`${architecture}.attention.head_count_kv`, uint32(shape.kvHeadCount)],
    [`${architecture}.attention.key_length`, uint32(shape.headDim)],
    [`${architecture}.attention.value_length`, uint32(shape.headDim)],
    [`${architecture}.attention.layer_norm_rms_epsilon`, float32(shape.rmsNormEps)],
    [`${architecture}.rope.dimension_count`, uint32(shape.headDim)],
    [`${architecture}.rope.freq_base`, float32(shape.ropeTheta)],
  ];
}

function planTensors(model: SyntheticModel): PlannedTensor[] {
  const { shape, type, blockCount } = model;
  const { hiddenSize, vocabSize } = shape;
  return [
    matrix('token_embd.weight', type, hiddenSize, vocabSize, EMBEDDING_GAIN),
    ...(shape.hasRopeFactors
      ? [vector('rope_freqs.weight', shape.headDim / 2, () => ropeFactors(shape))]
      : []),
    ...Array.from({ length: blockCount }, (_, block) => planBlock(shape, type, block)).flat(),
    norm('output_norm.weight', hiddenSize),
  ];
}

function planBlock(shape: Shape, type: WeightType, block: number): PlannedTensor[] {
  const { hiddenSize, ffnSize, headDim } = shape;
  const querySize = shape.headCount * headDim;
  const keySize = shape.kvHeadCount * headDim;
  const at = (part: string) => `blk.${block}.${part}.weight`;
  const weight = (part: string, rowLength: number, rowCount: number) =>
    matrix(at(part), type, rowLength, rowCount, 1);
  return [
    norm(at('attn_norm'), hiddenSize),
    weight('attn_q', hiddenSize, querySize),
    weight('attn_k', hiddenSize, keySize),
    weight('attn_v', hiddenSize, keySize),
    ...(shape.architecture === 'qwen3'
      ? [norm(at('attn_q_norm'), headDim), norm(at('attn_k_norm'), headDim)]
      : []),
    weight('attn_output', querySize, hiddenSize),
    norm(at('ffn_norm'), hiddenSize),
    weight('ffn_gate', hiddenSize, ffnSize),
    weight('ffn_up', hiddenSize, ffnSize),
    weight('ffn_down', ffnSize, hiddenSize),
  ];
}

function matrix(
  name: string,
  wanted: WeightType,
  rowLength: number,
  rowCount: number,
  gain: number,
): PlannedTensor {
  const type = matrixType(wanted, rowLength);
  const chunks = (random: Random) => randomMatrix(random, { type, rowLength, rowCount, gain });
  return { name, type, dims: [rowLength, rowCount], chunks };
}

function norm(name: string, length: number): PlannedTensor {
  return vector(name, length, (random) => random.floats(length, 0.1).map((value) => 1 + value));
}

function vector(
  name: string,
  length: number,
  values: (random: Random) => Float32Array<ArrayBuffer>,
): PlannedTensor {
  const chunks = (random: Random) => [new Uint8Array(values(random).buffer)];
  return { name, type: 'F32', dims: [length], chunks };
}

/** Llama 3's scaling by 32: wavelengths beyond 8192 positions by all of it, below 2048 by none. */
function ropeFactors({ headDim, ropeTheta }: Shape): Float32Array<ArrayBuffer> {
  const [scale, lowest, highest, trained] = [32, 1, 4, 8192];
  return Float32Array.from({ length: headDim / 2 }, (_, pair) => {
    const turns = trained / (2 * Math.PI * ropeTheta ** ((2 * pair) / headDim));
    if (turns > highest) return 1;
    if (turns < lowest) return scale;
    const smooth = (turns - lowest) / (highest - lowest);
    return 1 / ((1 - smooth) / scale + smooth);
  });
}
