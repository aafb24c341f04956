import type { ModelConfig } from '@manyhands/model/config';
import { dequantize } from '@manyhands/model/quant/dequantize';
import type { TensorInfo } from '@manyhands/model/tensor';
import type { ReadTensor, StageRange } from '../stage.ts';

/*
 * The whole forward pass in plain loops and doubles: what a stage must agree with, and the place to
 * read what it computes. Rows are tokens; a matrix `[rows, columns]` is stored row by row.
 */

/** A model whose weights are numbers. */
export interface ReferenceModel {
  readonly config: ModelConfig;
  weight(name: string): Float32Array;
}

/** Keys and values of one session: `[block][position]`, each of kvHeadCount * headDim numbers. */
export interface ReferenceCache {
  readonly keys: Float64Array[][];
  readonly values: Float64Array[][];
}

export interface ReferenceStep {
  readonly range: StageRange;
  readonly cache: ReferenceCache;
  readonly position: number;
  /** Where the range embeds, else `hidden`: one row for each token. */
  readonly tokenIds?: readonly number[];
  readonly hidden?: readonly Float64Array[];
}

/** Rows of logits where the range heads, else rows of hidden states. */
export function forward(model: ReferenceModel, step: ReferenceStep): Float64Array[] {
  const { range, cache, position } = step;
  const rows = range.embeds
    ? (step.tokenIds ?? []).map((id) => embed(model, id))
    : (step.hidden ?? []).map((row) => Float64Array.from(row));
  for (let block = range.firstBlock; block < range.endBlock; block += 1) {
    // A step that starts within the cache replaces what follows.
    cache.keys[block] = (cache.keys[block] ?? []).slice(0, position);
    cache.values[block] = (cache.values[block] ?? []).slice(0, position);
    for (const [i, row] of rows.entries()) runBlock(model, block, cache, position + i, row);
  }
  return range.heads ? rows.map((row) => head(model, row)) : rows;
}

export function createReferenceCache(): ReferenceCache {
  return { keys: [], values: [] };
}

/** Reads every tensor at once: reference models are small. */
export async function loadReferenceModel(
  config: ModelConfig,
  tensors: readonly TensorInfo[],
  readTensor: ReadTensor,
): Promise<ReferenceModel> {
  const weights = new Map<string, Float32Array>();
  for (const tensor of tensors) {
    const bytes = new Uint8Array(tensor.byteLength);
    let at = 0;
    for await (const chunk of readTensor(tensor)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    const count = tensor.dims.reduce((product, dim) => product * dim, 1);
    weights.set(tensor.name, dequantize(tensor.type, bytes, count));
  }
  return {
    config,
    weight(name) {
      const values = weights.get(name);
      if (values === undefined) throw new RangeError(`the reference model lacks ${name}`);
      return values;
    },
  };
}

function embed({ config, weight }: ReferenceModel, tokenId: number): Float64Array {
  const first = tokenId * config.hiddenSize;
  return Float64Array.from(weight('token_embd.weight').subarray(first, first + config.hiddenSize));
}

/** Attention and MLP of one token; adds to `hidden` in place. */
function runBlock(
  model: ReferenceModel,
  block: number,
  cache: ReferenceCache,
  position: number,
  hidden: Float64Array,
): void {
  const { config } = model;
  const weight = (part: string) => model.weight(`blk.${block}.${part}`);

  const x = rmsNorm(hidden, weight('attn_norm.weight'), config.rmsNormEps);
  const query = multiply(weight('attn_q.weight'), x);
  const key = multiply(weight('attn_k.weight'), x);
  const value = multiply(weight('attn_v.weight'), x);
  if (config.hasQkvBias) {
    add(query, weight('attn_q.bias'));
    add(key, weight('attn_k.bias'));
    add(value, weight('attn_v.bias'));
  }
  for (const [heads, gain] of [
    [query, 'attn_q_norm.weight'],
    [key, 'attn_k_norm.weight'],
  ] as const) {
    for (let first = 0; first < heads.length; first += config.headDim) {
      const head = heads.subarray(first, first + config.headDim);
      if (config.hasQkNorm) head.set(rmsNorm(head, weight(gain), config.rmsNormEps));
      rotate(model, head, position);
    }
  }
  cache.keys[block]?.push(key);
  cache.values[block]?.push(value);
  const attended = attend(config, query, cache.keys[block] ?? [], cache.values[block] ?? []);
  add(hidden, multiply(weight('attn_output.weight'), attended));

  const y = rmsNorm(hidden, weight('ffn_norm.weight'), config.rmsNormEps);
  const gate = multiply(weight('ffn_gate.weight'), y);
  const up = multiply(weight('ffn_up.weight'), y);
  const activated = gate.map((g, i) => (g / (1 + Math.exp(-g))) * (up[i] as number));
  add(hidden, multiply(weight('ffn_down.weight'), activated));
}

/** Softmax of each query head's scores over all cached positions, times their values. */
function attend(
  config: ModelConfig,
  query: Float64Array,
  keys: readonly Float64Array[],
  values: readonly Float64Array[],
): Float64Array {
  const { headCount, kvHeadCount, headDim } = config;
  const out = new Float64Array(headCount * headDim);
  for (let head = 0; head < headCount; head += 1) {
    const first = Math.floor(head / (headCount / kvHeadCount)) * headDim;
    const q = query.subarray(head * headDim, (head + 1) * headDim);
    const scores = keys.map((key) => {
      let sum = 0;
      for (let d = 0; d < headDim; d += 1) sum += (q[d] as number) * (key[first + d] as number);
      return sum / Math.sqrt(headDim);
    });
    const peak = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - peak));
    const total = powers.reduce((a, b) => a + b, 0);
    for (const [position, value] of values.entries()) {
      const share = (powers[position] as number) / total;
      for (let d = 0; d < headDim; d += 1) {
        const at = head * headDim + d;
        out[at] = (out[at] as number) + share * (value[first + d] as number);
      }
    }
  }
  return out;
}

/** Rotates the pairs of one head by its position. */
function rotate({ config, weight }: ReferenceModel, head: Float64Array, position: number): void {
  const { ropeDim, ropeTheta, ropeStyle, ropeFrequencyScale, hasRopeFactors } = config;
  for (let pair = 0; pair < ropeDim / 2; pair += 1) {
    const factor = hasRopeFactors ? (weight('rope_freqs.weight')[pair] as number) : 1;
    const frequency = (ropeTheta ** ((-2 * pair) / ropeDim) * ropeFrequencyScale) / factor;
    const [cos, sin] = [Math.cos(position * frequency), Math.sin(position * frequency)];
    const a = ropeStyle === 'half' ? pair : 2 * pair;
    const b = ropeStyle === 'half' ? pair + ropeDim / 2 : 2 * pair + 1;
    const [x, y] = [head[a] as number, head[b] as number];
    head[a] = x * cos - y * sin;
    head[b] = x * sin + y * cos;
  }
}

function head({ config, weight }: ReferenceModel, hidden: Float64Array): Float64Array {
  const x = rmsNorm(hidden, weight('output_norm.weight'), config.rmsNormEps);
  return multiply(weight(config.hasTiedEmbedding ? 'token_embd.weight' : 'output.weight'), x);
}

function rmsNorm(x: Float64Array, gain: Float32Array, epsilon: number): Float64Array {
  const squares = x.reduce((sum, value) => sum + value * value, 0);
  const scale = 1 / Math.sqrt(squares / x.length + epsilon);
  return x.map((value, i) => value * scale * (gain[i] as number));
}

/** One row of the matrix for each output. */
function multiply(matrix: Float32Array, x: Float64Array): Float64Array {
  const out = new Float64Array(matrix.length / x.length);
  for (let row = 0; row < out.length; row += 1) {
    let sum = 0;
    for (let column = 0; column < x.length; column += 1) {
      sum += (matrix[row * x.length + column] as number) * (x[column] as number);
    }
    out[row] = sum;
  }
  return out;
}

function add(to: Float64Array, values: ArrayLike<number>): void {
  for (let i = 0; i < to.length; i += 1) to[i] = (to[i] as number) + (values[i] as number);
}
