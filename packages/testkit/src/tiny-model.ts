import {
  float32,
  type GgufField,
  type GgufTensor,
  text,
  uint32,
  writeGguf,
} from './gguf-writer.ts';
import { createRandom, type Random } from './random.ts';
import { ENCODED_TYPES, type EncodedType, encodeTensor } from './tensor-encoder.ts';
import { tinyVocabulary } from './tiny-vocabulary.ts';

export interface TinyModelOptions {
  readonly architecture?: 'llama' | 'qwen2' | 'qwen3';
  readonly blockCount?: number;
  /** Quantised weights need multiples of 32 here and in `ffnSize` and `headCount * headDim`. */
  readonly hiddenSize?: number;
  readonly headCount?: number;
  readonly kvHeadCount?: number;
  readonly headDim?: number;
  readonly ffnSize?: number;
  /** At least `TINY_VOCAB_SIZE_MIN`. */
  readonly vocabSize?: number;
  /** Merges of the tokenizer; a few where it is left out. */
  readonly mergesMax?: number;
  readonly contextLength?: number;
  readonly ropeTheta?: number;
  /** Type of every matrix but the embedding and the head; norms and biases are always F32. */
  readonly weightType?: EncodedType;
  /** Type of `token_embd.weight` and `output.weight`; `weightType` where it is left out. */
  readonly embeddingType?: EncodedType;
  /** No `output.weight`. */
  readonly isTied?: boolean;
  /** Adds `rope_freqs.weight`. */
  readonly hasRopeFactors?: boolean;
  readonly name?: string;
  readonly seed?: number;
}

/** A complete random GGUF model, small enough to run anywhere, with a tokenizer and chat template. */
export function createTinyModel(options: TinyModelOptions = {}): Uint8Array<ArrayBuffer> {
  const model = { ...DEFAULTS, embeddingType: options.weightType ?? 'F32', ...options };
  return writeGguf({
    metadata: [...tinyMetadata(model), ...tinyVocabulary(model.vocabSize, options.mergesMax)],
    tensors: tinyTensors(model),
  });
}

const DEFAULTS = {
  architecture: 'llama',
  blockCount: 2,
  hiddenSize: 64,
  headCount: 4,
  kvHeadCount: 2,
  headDim: 16,
  ffnSize: 96,
  vocabSize: 288,
  contextLength: 256,
  ropeTheta: 10_000,
  weightType: 'F32',
  isTied: false,
  hasRopeFactors: false,
  name: 'tiny',
  seed: 1,
} as const;

type TinyModel = Required<Omit<TinyModelOptions, 'mergesMax'>>;

function tinyMetadata(model: TinyModel): [string, GgufField][] {
  const { architecture } = model;
  return [
    ['general.architecture', text(architecture)],
    ['general.name', text(model.name)],
    [`${architecture}.context_length`, uint32(model.contextLength)],
    [`${architecture}.embedding_length`, uint32(model.hiddenSize)],
    [`${architecture}.block_count`, uint32(model.blockCount)],
    [`${architecture}.feed_forward_length`, uint32(model.ffnSize)],
    [`${architecture}.attention.head_count`, uint32(model.headCount)],
    [`${architecture}.attention.head_count_kv`, uint32(model.kvHeadCount)],
    [`${architecture}.attention.key_length`, uint32(model.headDim)],
    [`${architecture}.attention.value_length`, uint32(model.headDim)],
    [`${architecture}.attention.layer_norm_rms_epsilon`, float32(1e-5)],
    [`${architecture}.rope.dimension_count`, uint32(model.headDim)],
    [`${architecture}.rope.freq_base`, float32(model.ropeTheta)],
  ];
}

function tinyTensors(model: TinyModel): GgufTensor[] {
  const { hiddenSize, vocabSize, embeddingType } = model;
  const random = createRandom(model.seed);
  const tensors = [
    // Scaled so that logits spread over a few units whatever the size: sampling stays interesting.
    matrix(random, 'token_embd.weight', embeddingType, hiddenSize, vocabSize, 2.5),
  ];
  if (model.hasRopeFactors) {
    const factors = Float32Array.from({ length: model.headDim / 2 }, (_, i) => 1 + i / 4);
    tensors.push(vector('rope_freqs.weight', factors));
  }
  for (let block = 0; block < model.blockCount; block += 1) {
    tensors.push(...blockTensors(model, random, block));
  }
  tensors.push(norm(random, 'output_norm.weight', hiddenSize));
  if (!model.isTied) {
    tensors.push(matrix(random, 'output.weight', embeddingType, hiddenSize, vocabSize, 2.5));
  }
  return tensors;
}

function blockTensors(model: TinyModel, random: Random, block: number): GgufTensor[] {
  const { architecture, hiddenSize, headDim, ffnSize, weightType } = model;
  const querySize = model.headCount * headDim;
  const keySize = model.kvHeadCount * headDim;
  const at = (part: string) => `blk.${block}.${part}`;
  const weight = (part: string, rowLength: number, rowCount: number) =>
    matrix(random, at(part), weightType, rowLength, rowCount, 1);
  const bias = (part: string, length: number) => vector(at(part), random.floats(length, 0.2));
  return [
    norm(random, at('attn_norm.weight'), hiddenSize),
    weight('attn_q.weight', hiddenSize, querySize),
    weight('attn_k.weight', hiddenSize, keySize),
    weight('attn_v.weight', hiddenSize, keySize),
    ...(architecture === 'qwen2'
      ? [bias('attn_q.bias', querySize), bias('attn_k.bias', keySize), bias('attn_v.bias', keySize)]
      : []),
    ...(architecture === 'qwen3'
      ? [
          norm(random, at('attn_q_norm.weight'), headDim),
          norm(random, at('attn_k_norm.weight'), headDim),
        ]
      : []),
    weight('attn_output.weight', querySize, hiddenSize),
    norm(random, at('ffn_norm.weight'), hiddenSize),
    weight('ffn_gate.weight', hiddenSize, ffnSize),
    weight('ffn_up.weight', hiddenSize, ffnSize),
    weight('ffn_down.weight', ffnSize, hiddenSize),
  ];
}

function matrix(
  random: Random,
  name: string,
  type: EncodedType,
  rowLength: number,
  rowCount: number,
  gain: number,
): GgufTensor {
  if ((type === 'Q8_0' || type === 'Q4_0') && rowLength % 32 !== 0) {
    throw new RangeError(`${name}: rows of ${rowLength} do not fill ${type} blocks of 32`);
  }
  const values = random.floats(rowLength * rowCount, gain / Math.sqrt(rowLength));
  const data = encodeTensor(type, values);
  return { name, type: ENCODED_TYPES[type], dims: [rowLength, rowCount], data };
}

function norm(random: Random, name: string, length: number): GgufTensor {
  return vector(
    name,
    random.floats(length, 0.1).map((value) => 1 + value),
  );
}

function vector(name: string, values: Float32Array): GgufTensor {
  return {
    name,
    type: ENCODED_TYPES.F32,
    dims: [values.length],
    data: encodeTensor('F32', values),
  };
}
