import { ModelError } from '../error.ts';
import type { TensorType } from '../tensor.ts';
import { type BlockDecoder, blockBytes, blockSize } from './block-layout.ts';
import { decodeQ2K, decodeQ3K, decodeQ4K, decodeQ5K, decodeQ6K } from './k-quants.ts';
import { decodeQ40, decodeQ41, decodeQ50, decodeQ51, decodeQ80 } from './legacy.ts';
import { decodeBF16, decodeF16, decodeF32 } from './plain.ts';

/**
 * The values of `elementCount` elements, in f32: what every kernel is measured against. Products of
 * scales and quants are exact in f32, so each value is rounded at most once, as in ggml.
 */
export function dequantize(
  type: TensorType,
  bytes: Uint8Array,
  elementCount: number,
): Float32Array<ArrayBuffer> {
  const size = blockSize(type);
  const stride = blockBytes(type);
  const blockCount = elementCount / size;
  if (!Number.isInteger(blockCount) || bytes.length !== blockCount * stride) {
    throw new ModelError(
      'malformed',
      `${bytes.length} bytes are not ${elementCount} ${type} values; read the whole tensor`,
    );
  }
  const out = new Float32Array(elementCount);
  const decode = blockDecoder(type);
  for (let block = 0; block < blockCount; block += 1) {
    decode(bytes, block * stride, out, block * size);
  }
  return out;
}

export function blockDecoder(type: TensorType): BlockDecoder {
  return DECODERS[type];
}

const DECODERS: Record<TensorType, BlockDecoder> = {
  F32: decodeF32,
  F16: decodeF16,
  BF16: decodeBF16,
  Q4_0: decodeQ40,
  Q4_1: decodeQ41,
  Q5_0: decodeQ50,
  Q5_1: decodeQ51,
  Q8_0: decodeQ80,
  Q2_K: decodeQ2K,
  Q3_K: decodeQ3K,
  Q4_K: decodeQ4K,
  Q5_K: decodeQ5K,
  Q6_K: decodeQ6K,
};
