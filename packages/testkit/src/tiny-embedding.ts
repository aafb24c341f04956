import { float, int, ints, type OnnxNode, type OnnxTensor, writeOnnx } from './onnx-writer.ts';
import { createRandom } from './random.ts';
import { tinyWordPieces } from './tiny-word-pieces.ts';

export interface TinyEmbeddingOptions {
  readonly seed?: number;
  readonly hiddenSize?: number;
  readonly headCount?: number;
  readonly layerCount?: number;
  readonly ffnSize?: number;
  /** Longest input the position table allows, marks included. */
  readonly tokensMax?: number;
  /** The graph averages over the mask itself and returns `sentence_embedding`. */
  readonly isPooled?: boolean;
}

/** The numbers of one network, by name: what the file holds and the reference computes with. */
export interface TinyEmbeddingWeights {
  readonly hiddenSize: number;
  readonly headCount: number;
  readonly layerCount: number;
  readonly values: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
}

/** A small model that embeds texts: files, and what they were made from. */
export interface TinyEmbedding {
  readonly model: Uint8Array<ArrayBuffer>;
  /** The text of its `tokenizer.json`. */
  readonly tokenizer: string;
  readonly card: {
    readonly name: string;
    readonly description: string;
    readonly licence: string;
    readonly parameters: string;
    readonly dimension: number;
    readonly tokensMax: number;
    readonly pooling: 'mean' | 'pooled';
    readonly normalizes: boolean;
  };
  readonly weights: TinyEmbeddingWeights;
}

export const NORM_EPSILON = 1e-5;

/**
 * A BERT-like encoder with random weights (attention, GELU, layer norms after the sums), its WordPiece
 * tokenizer and its card. The same seed gives the same bytes on every machine.
 */
export function createTinyEmbedding(options: TinyEmbeddingOptions = {}): TinyEmbedding {
  const { seed = 1, hiddenSize = 64, headCount = 4, layerCount = 2, ffnSize = 128 } = options;
  const { tokensMax = 64, isPooled = false } = options;
  const { pieces, json } = tinyWordPieces();
  const tensors = createTensors({
    random: createRandom(seed),
    hiddenSize,
    ffnSize,
    layerCount,
    vocabSize: pieces.length,
    tokensMax,
  });
  const shape = { hiddenSize, headCount, layerCount };
  const nodes = [
    ...inputNodes(),
    ...Array.from({ length: layerCount }, (_, layer) => layerNodes(layer)).flat(),
    ...(isPooled ? poolingNodes(layerCount) : []),
  ];
  const output = isPooled ? 'sentence_embedding' : hiddenName(layerCount);
  const model = writeOnnx({
    name: 'tiny-embedding',
    opsets: { '': 17 },
    nodes,
    initializers: [...tensors, ...constants(shape)],
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => ({
      name,
      element: 'int64',
      dims: ['batch', 'tokens'],
    })),
    outputs: [
      {
        name: output,
        element: 'float32',
        dims: isPooled ? ['batch', hiddenSize] : ['batch', 'tokens', hiddenSize],
      },
    ],
  });
  const weightCount = tensors.reduce((sum, { data }) => sum + data.length, 0);
  return {
    model,
    tokenizer: json,
    card: {
      name: 'Tiny embedding',
      description: 'A BERT-like encoder with random weights, for tests and demonstrations.',
      licence: 'CC0-1.0',
      parameters: `${Math.round(weightCount / 1000)}K`,
      dimension: hiddenSize,
      tokensMax,
      pooling: isPooled ? 'pooled' : 'mean',
      normalizes: true,
    },
    weights: { ...shape, values: new Map(tensors.map(({ name, data }) => [name, data])) },
  };
}

interface FloatTensor extends OnnxTensor {
  readonly data: Float32Array<ArrayBuffer>;
}

function createTensors(sizes: {
  readonly random: ReturnType<typeof createRandom>;
  readonly hiddenSize: number;
  readonly ffnSize: number;
  readonly layerCount: number;
  readonly vocabSize: number;
  readonly tokensMax: number;
}): FloatTensor[] {
  const { random, hiddenSize, ffnSize, layerCount, vocabSize, tokensMax } = sizes;
  const normal = (name: string, dims: readonly number[], deviation: number): FloatTensor => {
    const length = dims.reduce((product, dim) => product * dim, 1);
    return { name, dims, data: random.floats(length, deviation) };
  };
  const linear = (name: string, rows: number, columns: number): FloatTensor[] => [
    normal(`${name}.weight`, [rows, columns], 1 / Math.sqrt(rows)),
    normal(`${name}.bias`, [columns], 0.05),
  ];
  const norm = (name: string): FloatTensor[] => {
    const scale = normal(`${name}.scale`, [hiddenSize], 0.1);
    return [
      { ...scale, data: scale.data.map((value) => 1 + value) },
      normal(`${name}.bias`, [hiddenSize], 0.05),
    ];
  };
  const layers = Array.from({ length: layerCount }, (_, layer) => [
    ...['query', 'key', 'value', 'output'].flatMap((part) =>
      linear(`layer.${layer}.${part}`, hiddenSize, hiddenSize),
    ),
    ...norm(`layer.${layer}.norm`),
    ...linear(`layer.${layer}.up`, hiddenSize, ffnSize),
    ...linear(`layer.${layer}.down`, ffnSize, hiddenSize),
    ...norm(`layer.${layer}.ffn_norm`),
  ]);
  return [
    normal('words', [vocabSize, hiddenSize], 1),
    normal('positions', [tokensMax, hiddenSize], 0.1),
    ...norm('norm'),
    ...layers.flat(),
  ];
}

interface Shape {
  readonly hiddenSize: number;
  readonly headCount: number;
}

function constants({ hiddenSize, headCount }: Shape): OnnxTensor[] {
  const headDim = hiddenSize / headCount;
  const numbers = (name: string, ...values: number[]): OnnxTensor => ({
    name,
    dims: [values.length],
    data: BigInt64Array.from(values, BigInt),
  });
  const scalar = (name: string, value: number): OnnxTensor => ({
    name,
    dims: [],
    data: Float32Array.of(value),
  });
  return [
    numbers('zero', 0),
    numbers('one', 1),
    numbers('two', 2),
    numbers('mask_axes', 1, 2),
    numbers('split_heads', 0, 0, headCount, headDim),
    numbers('join_heads', 0, 0, hiddenSize),
    scalar('unit', 1),
    scalar('half', 0.5),
    scalar('root_half', Math.SQRT1_2),
    scalar('far', -1e9),
    scalar('score_scale', 1 / Math.sqrt(headDim)),
  ];
}

const FLOAT = 1;

function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: NonNullable<OnnxNode['attributes']> = {},
): OnnxNode {
  return { op, inputs, outputs: [output], attributes };
}

function hiddenName(layer: number): string {
  return layer === 0 ? 'embedded' : `hidden_${layer}`;
}

/** Word and position embeddings with their norm, and what the mask adds to attention scores. */
function inputNodes(): OnnxNode[] {
  return [
    node('Cast', ['attention_mask'], 'mask', { to: int(FLOAT) }),
    node('Unsqueeze', ['mask', 'mask_axes'], 'mask_rows'),
    node('Sub', ['unit', 'mask_rows'], 'padding'),
    node('Mul', ['padding', 'far'], 'score_bias'),
    node('Gather', ['words', 'input_ids'], 'word_rows'),
    node('Shape', ['input_ids'], 'input_shape'),
    node('Slice', ['input_shape', 'one', 'two'], 'length'),
    node('Slice', ['positions', 'zero', 'length', 'zero'], 'position_rows'),
    node('Add', ['word_rows', 'position_rows'], 'embedding_sum'),
    normNode('embedding_sum', 'norm', hiddenName(0)),
  ];
}

function normNode(input: string, name: string, output: string): OnnxNode {
  const attributes = { axis: int(-1), epsilon: float(NORM_EPSILON) };
  return node('LayerNormalization', [input, `${name}.scale`, `${name}.bias`], output, attributes);
}

function layerNodes(layer: number): OnnxNode[] {
  const name = (part: string): string => `layer.${layer}.${part}`;
  const linear = (input: string, part: string): OnnxNode[] => [
    node('MatMul', [input, `${name(part)}.weight`], `${name(part)}.product`),
    node('Add', [`${name(part)}.product`, `${name(part)}.bias`], `${name(part)}.result`),
  ];
  const heads = (part: string, ...order: number[]): OnnxNode[] => [
    ...linear(input, part),
    node('Reshape', [`${name(part)}.result`, 'split_heads'], `${name(part)}.split`),
    node('Transpose', [`${name(part)}.split`], `${name(part)}.heads`, { perm: ints(...order) }),
  ];
  const input = hiddenName(layer);
  return [
    ...heads('query', 0, 2, 1, 3),
    ...heads('key', 0, 2, 3, 1),
    ...heads('value', 0, 2, 1, 3),
    node('MatMul', [name('query.heads'), name('key.heads')], name('products')),
    node('Mul', [name('products'), 'score_scale'], name('scores')),
    node('Add', [name('scores'), 'score_bias'], name('masked')),
    node('Softmax', [name('masked')], name('attention'), { axis: int(-1) }),
    node('MatMul', [name('attention'), name('value.heads')], name('mixed')),
    node('Transpose', [name('mixed')], name('mixed.rows'), { perm: ints(0, 2, 1, 3) }),
    node('Reshape', [name('mixed.rows'), 'join_heads'], name('joined')),
    ...linear(name('joined'), 'output'),
    node('Add', [input, name('output.result')], name('attended')),
    normNode(name('attended'), name('norm'), name('normed')),
    ...linear(name('normed'), 'up'),
    node('Mul', [name('up.result'), 'root_half'], name('up.scaled')),
    node('Erf', [name('up.scaled')], name('erf')),
    node('Add', [name('erf'), 'unit'], name('gate')),
    node('Mul', [name('up.result'), name('gate')], name('gated')),
    node('Mul', [name('gated'), 'half'], name('gelu')),
    ...linear(name('gelu'), 'down'),
    node('Add', [name('normed'), name('down.result')], name('summed')),
    normNode(name('summed'), name('ffn_norm'), hiddenName(layer + 1)),
  ];
}

/** The mean over the rows that the mask keeps. */
function poolingNodes(layerCount: number): OnnxNode[] {
  const keep = { keepdims: int(1) };
  return [
    node('Unsqueeze', ['mask', 'two'], 'mask_columns'),
    node('Mul', [hiddenName(layerCount), 'mask_columns'], 'kept'),
    node('ReduceSum', ['kept', 'one'], 'kept_sum', { keepdims: int(0) }),
    node('ReduceSum', ['mask', 'one'], 'kept_count', keep),
    node('Div', ['kept_sum', 'kept_count'], 'sentence_embedding'),
  ];
}
