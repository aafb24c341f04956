import { NORM_EPSILON, type TinyEmbeddingWeights } from './tiny-embedding.ts';

/**
 * The vector of one text, in plain loops and double precision: what any runtime must return for the
 * file of `createTinyEmbedding`, after mean pooling and scaling to length 1.
 */
export function embedByReference(weights: TinyEmbeddingWeights, tokenIds: readonly number[]) {
  const { hiddenSize, layerCount } = weights;
  let rows = tokenIds.map((id, position) => {
    const sum = rowOf(weights, 'words', id).map(
      (value, index) => value + (rowOf(weights, 'positions', position)[index] as number),
    );
    return layerNorm(weights, 'norm', sum);
  });
  for (let layer = 0; layer < layerCount; layer += 1) rows = runLayer(weights, layer, rows);
  const mean = new Array<number>(hiddenSize).fill(0);
  for (const row of rows) {
    for (const [index, value] of row.entries()) mean[index] = (mean[index] as number) + value;
  }
  const length = Math.hypot(...mean);
  return Float64Array.from(mean, (value) => value / length);
}

function runLayer(weights: TinyEmbeddingWeights, layer: number, rows: number[][]): number[][] {
  const name = (part: string): string => `layer.${layer}.${part}`;
  const queries = rows.map((row) => linear(weights, name('query'), row));
  const keys = rows.map((row) => linear(weights, name('key'), row));
  const values = rows.map((row) => linear(weights, name('value'), row));
  return rows.map((row, index) => {
    const mixed = attend(weights, queries[index] as number[], keys, values);
    const attended = add(row, linear(weights, name('output'), mixed));
    const normed = layerNorm(weights, name('norm'), attended);
    const up = linear(weights, name('up'), normed).map(gelu);
    return layerNorm(weights, name('ffn_norm'), add(normed, linear(weights, name('down'), up)));
  });
}

function attend(
  { hiddenSize, headCount }: TinyEmbeddingWeights,
  query: readonly number[],
  keys: readonly number[][],
  values: readonly number[][],
): number[] {
  const headDim = hiddenSize / headCount;
  const mixed = new Array<number>(hiddenSize).fill(0);
  for (let start = 0; start < hiddenSize; start += headDim) {
    const head = query.slice(start, start + headDim);
    const scores = keys.map(
      (key) => dot(head, key.slice(start, start + headDim)) / Math.sqrt(headDim),
    );
    const largest = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - largest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [position, weight] of weights.entries()) {
      const value = values[position] as number[];
      for (let index = start; index < start + headDim; index += 1) {
        const share = (weight / total) * (value[index] as number);
        mixed[index] = (mixed[index] as number) + share;
      }
    }
  }
  return mixed;
}

/** `row · weight + bias`, the weight as `[inputs, outputs]`. */
function linear(weights: TinyEmbeddingWeights, name: string, row: readonly number[]): number[] {
  const matrix = valuesOf(weights, `${name}.weight`);
  const bias = valuesOf(weights, `${name}.bias`);
  return Array.from(bias, (start, column) =>
    row.reduce(
      (sum, value, index) => sum + value * (matrix[index * bias.length + column] as number),
      start,
    ),
  );
}

function layerNorm(weights: TinyEmbeddingWeights, name: string, row: readonly number[]): number[] {
  const scale = valuesOf(weights, `${name}.scale`);
  const bias = valuesOf(weights, `${name}.bias`);
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return row.map(
    (value, index) =>
      ((value - mean) / Math.sqrt(variance + NORM_EPSILON)) * (scale[index] as number) +
      (bias[index] as number),
  );
}

function gelu(value: number): number {
  return 0.5 * value * (1 + erf(value * Math.SQRT1_2));
}

/** By its Taylor series, exact to double precision where the argument is not large. */
function erf(value: number): number {
  if (Math.abs(value) > 5) return Math.sign(value);
  let term = value;
  let sum = value;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
    term *= -(value * value) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value + (b[index] as number));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
}

function rowOf(weights: TinyEmbeddingWeights, name: string, row: number): number[] {
  const { hiddenSize } = weights;
  return [...valuesOf(weights, name).subarray(row * hiddenSize, (row + 1) * hiddenSize)];
}

function valuesOf({ values }: TinyEmbeddingWeights, name: string): Float32Array {
  const found = values.get(name);
  if (found === undefined) throw new Error(`the tiny embedding has no ${name}`);
  return found;
}
