import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import { EngineError } from '../error.ts';
import type { OnnxResult } from './ort.ts';

/**
 * One vector a text from what a graph returned: `[texts, tokens, dimension]` rows, or
 * `[texts, dimension]` where it pools itself. `lengths` are the tokens of each text; rows behind them
 * are padding. Throws `unsupported-model` on another shape and `non-finite` on NaN or infinity.
 */
export function poolVectors(
  result: OnnxResult,
  lengths: readonly number[],
  card: EmbeddingCard,
): Float32Array<ArrayBuffer> {
  const tokenCount = card.pooling === 'pooled' ? 1 : (result.dims[1] ?? 0);
  checkShape(result, lengths, tokenCount, card);
  const vectors = new Float32Array(lengths.length * card.dimension);
  for (const [text, length] of lengths.entries()) {
    const start = text * tokenCount * card.dimension;
    const rowCount = card.pooling === 'mean' ? length : 1;
    const vector = meanOfRows(result.values, start, rowCount, card.dimension);
    if (card.normalizes) scaleToOne(vector);
    if (!vector.every(Number.isFinite)) {
      throw new EngineError('non-finite', 'the model returned a vector that is no number');
    }
    vectors.set(vector, text * card.dimension);
  }
  return vectors;
}

function checkShape(
  { dims, values }: OnnxResult,
  lengths: readonly number[],
  tokenCount: number,
  { dimension, pooling }: EmbeddingCard,
): void {
  const wanted =
    pooling === 'pooled' ? [lengths.length, dimension] : [lengths.length, tokenCount, dimension];
  const isRight =
    dims.length === wanted.length &&
    wanted.every((size, index) => size === dims[index]) &&
    values.length === wanted.reduce((product, size) => product * size, 1) &&
    tokenCount >= (pooling === 'pooled' ? 1 : Math.max(...lengths));
  if (isRight) return;
  throw new EngineError(
    'unsupported-model',
    `the model returned [${dims.join(', ')}] where its card promises vectors of ${dimension} ` +
      'numbers; choose another model',
  );
}

/** In double precision: a long text adds up hundreds of rows. */
function meanOfRows(
  values: Float32Array,
  start: number,
  rowCount: number,
  dimension: number,
): Float64Array {
  const sum = new Float64Array(dimension);
  for (let row = 0; row < rowCount; row += 1) {
    for (let index = 0; index < dimension; index += 1) {
      const value = values[start + row * dimension + index] as number;
      sum[index] = (sum[index] as number) + value;
    }
  }
  return sum.map((value) => value / rowCount);
}

function scaleToOne(vector: Float64Array): void {
  let squares = 0;
  for (const value of vector) squares += value * value;
  // A vector of nothing but zeros has no direction and stays as it is.
  const length = Math.sqrt(squares) || 1;
  for (const [index, value] of vector.entries()) vector[index] = value / length;
}
