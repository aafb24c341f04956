import { blockBytes, tensorByteLength } from '@manyhands/model/quant/block-layout';
import { encodeFloat16 } from '@manyhands/model/quant/float16';
import type { TensorInfo, TensorType } from '@manyhands/model/tensor';

/**
 * Bytes of a tensor whose values are random and of a trained model's size, the same on every device.
 * Random bytes are fine quants; the f16 scales between them are set, or the values would be wild.
 */
export function randomTensor(tensor: Pick<TensorInfo, 'type' | 'dims'>, seed: number) {
  const { type, dims } = tensor;
  const random = createRandom(seed);
  // One-dimensional tensors are gains and biases.
  const size = dims.length > 1 ? 1 : 8;
  const bytes = new Uint8Array(tensorByteLength(type, dims));
  if (type === 'F32') {
    const values = new Float32Array(bytes.buffer);
    for (let i = 0; i < values.length; i += 1) values[i] = (random() - 0.5) * 0.2 * size;
    return bytes;
  }
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Math.floor(random() * 256);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += blockBytes(type)) {
    for (const [place, scale] of SCALES[type]) {
      const value = (0.5 + random()) * scale * (type === 'F16' ? size : 1);
      const sign = random() < 0.5 ? -1 : 1;
      if (type === 'BF16') view.setUint16(at, bfloat16(sign * value * size), true);
      else view.setUint16(at + place, encodeFloat16(sign * value), true);
    }
  }
  return bytes;
}

/** mulberry32: https://github.com/cprosche/mulberry32. Numbers in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

function bfloat16(value: number): number {
  return new DataView(Float32Array.of(value).buffer).getUint16(2, true);
}

/** Where a block has f16 numbers, and of which size its values are about a tenth. */
const SCALES: Record<TensorType, readonly (readonly [place: number, scale: number])[]> = {
  F32: [],
  F16: [[0, 0.1]],
  BF16: [[0, 0.1]],
  Q4_0: [[0, 0.02]],
  Q4_1: [
    [0, 0.01],
    [2, 0.07],
  ],
  Q5_0: [[0, 0.01]],
  Q5_1: [
    [0, 0.005],
    [2, 0.07],
  ],
  Q8_0: [[0, 0.001]],
  Q2_K: [
    [80, 0.005],
    [82, 0.008],
  ],
  Q3_K: [[108, 0.001]],
  Q4_K: [
    [0, 0.0003],
    [2, 0.002],
  ],
  Q5_K: [
    [0, 0.00015],
    [2, 0.002],
  ],
  Q6_K: [[208, 0.0001]],
};
