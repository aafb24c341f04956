import type { ModelConfig } from '@manyhands/model/config';
import {
  type FloatType,
  halfRotationOrder,
  type Product,
  type ProductOptions,
  product,
  type ReadWhole,
} from './decoder-weights.ts';
import type { OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from './onnx-model.ts';
import { halves } from './pack-weights.ts';

export interface DecoderOptions extends ProductOptions {
  readonly config: ModelConfig;
  readonly read: ReadWhole;
  /** Ends with the logits of the last row; else with the hidden states of all. */
  readonly heads: boolean;
  /** Rows of the rotation tables. */
  readonly positionsMax: number;
}

const MICROSOFT = 'com.microsoft';

/**
 * A decoder of onnxruntime's fused operators, as its own tool for language models exports them:
 * embeddings go in (looking one up is nobody's bottleneck), past keys and values beside them.
 */
export async function buildDecoder(options: DecoderOptions): Promise<OnnxGraph> {
  const { config, floats, heads } = options;
  const graph = createGraph(floats);
  graph.nodes.push({
    op: 'Cast',
    inputs: ['embeddings'],
    outputs: ['x'],
    integers: { to: floats === 'f16' ? 10 : 1 },
  });
  await addRotations(graph, options);
  let residual: Residual = { sum: 'x', delta: undefined };
  for (let block = 0; block < config.blockCount; block += 1) {
    residual = await addBlock(graph, options, block, residual);
  }
  await addEnd(graph, options, residual);
  return {
    nodes: graph.nodes,
    weights: graph.weights,
    inputs: [
      { name: 'embeddings', type: 'f32', dims: [1, 'rows', config.hiddenSize] },
      { name: 'last_position', type: 'i32', dims: [1] },
      { name: 'total_length', type: 'i32', dims: [1] },
      ...cacheValues(config, floats, 'past', 'past_length'),
    ],
    outputs: [
      {
        name: heads ? 'logits' : 'hidden',
        type: 'f32',
        dims: heads ? [1, 1, config.vocabSize] : [1, 'rows', config.hiddenSize],
      },
      ...cacheValues(config, floats, 'present', 'present_length'),
    ],
  };
}

/** The stream through the blocks: what is added next is added by the norm that reads it. */
interface Residual {
  readonly sum: string;
  readonly delta: string | undefined;
}

interface Graph {
  readonly nodes: OnnxNode[];
  readonly weights: OnnxTensor[];
  addProduct(product: Product): string;
  addVector(name: string, values: Float32Array<ArrayBuffer>, dims?: readonly number[]): void;
}

function createGraph(floats: FloatType): Graph {
  const nodes: OnnxNode[] = [];
  const weights: OnnxTensor[] = [];
  return {
    nodes,
    weights,
    addProduct(added) {
      nodes.push(added.node);
      weights.push(...added.weights);
      return added.node.outputs[0] ?? '';
    },
    addVector(name, values, dims = [values.length]) {
      const data = floats === 'f16' ? halves(values) : new Uint8Array(values.buffer);
      weights.push({ name, type: floats, dims, data });
    },
  };
}

async function addBlock(
  graph: Graph,
  options: DecoderOptions,
  block: number,
  residual: Residual,
): Promise<Residual> {
  const { read } = options;
  const at = (part: string) => `blk.${block}.${part}`;
  const weight = (part: string) => at(`${part}.weight`);
  const multiply = async (part: string, input: string) =>
    graph.addProduct(await product(read, [weight(part)], input, at(`${part}.out`), options));

  const input = await addNorm(graph, options, weight('attn_norm'), residual);
  const attended = await addAttention(graph, options, block, input.normed);
  const projected = await multiply('attn_output', attended);
  const middle = { sum: input.sum, delta: projected };
  const { normed, sum } = await addNorm(graph, options, weight('ffn_norm'), middle);
  const gate = await multiply('ffn_gate', normed);
  const up = await multiply('ffn_up', normed);
  graph.nodes.push(
    { op: 'Sigmoid', inputs: [gate], outputs: [at('sigmoid')] },
    { op: 'Mul', inputs: [gate, at('sigmoid')], outputs: [at('silu')] },
    { op: 'Mul', inputs: [at('silu'), up], outputs: [at('gated')] },
  );
  return { sum, delta: await multiply('ffn_down', at('gated')) };
}

async function addNorm(
  graph: Graph,
  { read, config }: DecoderOptions,
  weight: string,
  { sum, delta }: Residual,
): Promise<{ normed: string; sum: string }> {
  graph.addVector(weight, floatsOf(await read(weight)));
  const normed = `${weight}.out`;
  const floats = { epsilon: config.rmsNormEps };
  if (delta === undefined) {
    graph.nodes.push(normNode(sum, weight, normed, config.rmsNormEps));
    return { normed, sum };
  }
  const next = `${weight}.sum`;
  graph.nodes.push({
    op: 'SkipSimplifiedLayerNormalization',
    domain: MICROSOFT,
    inputs: [sum, delta, weight],
    outputs: [normed, '', '', next],
    floats,
  });
  return { normed, sum: next };
}

function normNode(input: string, weight: string, output: string, epsilon: number): OnnxNode {
  return {
    op: 'SimplifiedLayerNormalization',
    inputs: [input, weight],
    outputs: [output],
    integers: { axis: -1, stash_type: 1 },
    floats: { epsilon },
  };
}

async function addAttention(
  graph: Graph,
  options: DecoderOptions,
  block: number,
  input: string,
): Promise<string> {
  const { read, config } = options;
  if (config.hasQkvBias) throw new RangeError('the ONNX decoder has no biases');
  const at = (part: string) => `blk.${block}.${part}`;
  const order = halfRotationOrder(config);
  const reorder = (name: string) => (name.includes('attn_v') ? undefined : order);
  const multiply = async (parts: readonly string[]) => {
    const names = parts.map((part) => at(`${part}.weight`));
    const output = at(`${parts.join('_')}.out`);
    return graph.addProduct(await product(read, names, input, output, { ...options, reorder }));
  };
  const inputs = config.hasQkNorm
    ? [
        await addHeadNorm(graph, options, at('attn_q_norm.weight'), await multiply(['attn_q'])),
        await addHeadNorm(graph, options, at('attn_k_norm.weight'), await multiply(['attn_k'])),
        await multiply(['attn_v']),
      ]
    : [await multiply(['attn_q', 'attn_k', 'attn_v']), '', ''];
  graph.nodes.push({
    op: 'GroupQueryAttention',
    domain: MICROSOFT,
    inputs: [
      ...inputs,
      `past.${block}.key`,
      `past.${block}.value`,
      'last_position',
      'total_length',
      'cos',
      'sin',
    ],
    outputs: [at('attention'), `present.${block}.key`, `present.${block}.value`],
    integers: {
      num_heads: config.headCount,
      kv_num_heads: config.kvHeadCount,
      do_rotary: 1,
      rotary_interleaved: 0,
    },
    floats: { scale: 1 / Math.sqrt(config.headDim) },
  });
  return at('attention');
}

/** Norms of single heads: rows are cut into heads and joined again. */
async function addHeadNorm(
  graph: Graph,
  { read, config }: DecoderOptions,
  weight: string,
  input: string,
): Promise<string> {
  const isQuery = weight.includes('attn_q_norm');
  const headCount = isQuery ? config.headCount : config.kvHeadCount;
  graph.addVector(weight, floatsOf(await read(weight)));
  const shapeName = (part: string, dims: readonly number[]) => {
    const name = `${weight}.${part}`;
    const data = new Uint8Array(BigInt64Array.from(dims, BigInt).buffer);
    graph.weights.push({ name, type: 'i64', dims: [dims.length], data });
    return name;
  };
  const heads = shapeName('heads', [0, 0, headCount, config.headDim]);
  const joined = shapeName('joined', [0, 0, headCount * config.headDim]);
  const [cut, normed, output] = [`${weight}.cut`, `${weight}.normed`, `${weight}.out`];
  graph.nodes.push(
    { op: 'Reshape', inputs: [input, heads], outputs: [cut] },
    normNode(cut, weight, normed, config.rmsNormEps),
    { op: 'Reshape', inputs: [normed, joined], outputs: [output] },
  );
  return output;
}

async function addEnd(graph: Graph, options: DecoderOptions, residual: Residual): Promise<void> {
  const { read, config, heads } = options;
  if (!heads) {
    const { sum, delta } = residual;
    if (delta === undefined) throw new RangeError('a decoder without blocks has only a head');
    graph.nodes.push(
      { op: 'Add', inputs: [sum, delta], outputs: ['hidden.sum'] },
      { op: 'Cast', inputs: ['hidden.sum'], outputs: ['hidden'], integers: { to: 1 } },
    );
    return;
  }
  const { normed } = await addNorm(graph, options, 'output_norm.weight', residual);
  const data = new Uint8Array(BigInt64Array.of(-1n).buffer);
  graph.weights.push({ name: 'last', type: 'i64', dims: [1], data });
  graph.nodes.push({
    op: 'Gather',
    inputs: [normed, 'last'],
    outputs: ['last_row'],
    integers: { axis: 1 },
  });
  const weight = config.hasTiedEmbedding ? 'token_embd.weight' : 'output.weight';
  const logits = await product(read, [weight], 'last_row', 'logits.float', options);
  graph.addProduct(logits);
  graph.nodes.push({
    op: 'Cast',
    inputs: ['logits.float'],
    outputs: ['logits'],
    integers: { to: 1 },
  });
}

async function addRotations(graph: Graph, options: DecoderOptions): Promise<void> {
  const { config, read, positionsMax } = options;
  const pairs = config.ropeDim / 2;
  const factors = config.hasRopeFactors ? floatsOf(await read('rope_freqs.weight')) : undefined;
  const angles = Array.from({ length: positionsMax * pairs }, (_, i) => {
    const pair = i % pairs;
    const frequency = config.ropeTheta ** ((-2 * pair) / config.ropeDim);
    return (Math.floor(i / pairs) * frequency * config.ropeFrequencyScale) / (factors?.[pair] ?? 1);
  });
  graph.addVector('cos', Float32Array.from(angles, Math.cos), [positionsMax, pairs]);
  graph.addVector('sin', Float32Array.from(angles, Math.sin), [positionsMax, pairs]);
}

function cacheValues(
  { blockCount, kvHeadCount, headDim }: ModelConfig,
  type: FloatType,
  name: string,
  length: string,
): OnnxValue[] {
  return Array.from({ length: blockCount }, (_, block) =>
    ['key', 'value'].map((part) => ({
      name: `${name}.${block}.${part}`,
      type,
      dims: [1, kvHeadCount, length, headDim],
    })),
  ).flat();
}

function floatsOf({ bytes }: { bytes: Uint8Array }): Float32Array<ArrayBuffer> {
  return new Float32Array(bytes.slice().buffer);
}
