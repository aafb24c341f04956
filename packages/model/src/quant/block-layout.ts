import { ModelError } from '../error.ts';
import type { TensorType } from '../tensor.ts';

/** Values and bytes of one block; types that are not quantised have blocks of one value. */
const LAYOUTS: Record<TensorType, { readonly values: number; readonly bytes: number }> = {
  F32: { values: 1, bytes: 4 },
  F16: { values: 1, bytes: 2 },
  BF16: { values: 1, bytes: 2 },
  Q4_0: { values: 32, bytes: 18 },
  Q4_1: { values: 32, bytes: 20 },
  Q5_0: { values: 32, bytes: 22 },
  Q5_1: { values: 32, bytes: 24 },
  Q8_0: { values: 32, bytes: 34 },
  Q2_K: { values: 256, bytes: 84 },
  Q3_K: { values: 256, bytes: 110 },
  Q4_K: { values: 256, bytes: 144 },
  Q5_K: { values: 256, bytes: 176 },
  Q6_K: { values: 256, bytes: 210 },
};

/** Values in one block. */
export function blockSize(type: TensorType): number {
  return LAYOUTS[type].values;
}

export function blockBytes(type: TensorType): number {
  return LAYOUTS[type].bytes;
}

/** Bytes of a tensor; `malformed` where its rows do not fill whole blocks or it cannot be addressed. */
export function tensorByteLength(type: TensorType, dims: readonly number[]): number {
  const rowLength = dims[0] ?? 0;
  if (rowLength % blockSize(type) !== 0) {
    throw new ModelError(
      'malformed',
      `rows of ${rowLength} values do not fill ${type} blocks of ${blockSize(type)}; ` +
        'quantise the model again with a type that fits its dimensions',
    );
  }
  const elementCount = dims.reduce((product, dim) => product * dim, 1);
  const byteLength = (elementCount / blockSize(type)) * blockBytes(type);
  if (!Number.isSafeInteger(elementCount) || !Number.isSafeInteger(byteLength)) {
    throw new ModelError('malformed', `a tensor of ${dims.join(' x ')} values cannot be addressed`);
  }
  return byteLength;
}

/** Writes the values of the block at `bytes[at]` to `out[outAt]` and on. */
export type BlockDecoder = (
  bytes: Uint8Array,
  at: number,
  out: Float32Array,
  outAt: number,
) => void;

/** Writes the block at `input[at]`, in another type, to zeroed `output[outputAt]` and on. */
export type BlockConverter = (
  input: Uint8Array,
  at: number,
  output: Uint8Array,
  outputAt: number,
) => void;
