import { blockBytes, blockSize } from '@manyhands/model/quant/block-layout';
import { decodeFloat16, encodeFloat16s } from '@manyhands/model/quant/float16';
import type { TensorType } from '@manyhands/model/tensor';

/** Weights of one scale in MatMulNBits. */
export const BLOCK_SIZE = 32;

/** A quantised matrix as the operator MatMulNBits wants it: rows of outputs, blocks of 32 along them. */
export interface PackedWeights {
  readonly bits: 4 | 8;
  /** `[rowCount, rowLength / 32, 4 * bits]`; weight 2i is the low nibble of byte i. */
  readonly quants: Uint8Array<ArrayBuffer>;
  /** `[rowCount, rowLength / 32]`; a weight is `scale * (quant - 2^(bits - 1))`. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Repacks rows of a GGUF tensor without changing a weight; undefined where the type has no such form. */
export function packWeights(type: TensorType, bytes: Uint8Array): PackedWeights | undefined {
  const pack = PACKERS[type];
  if (pack === undefined) return undefined;
  const blockCount = bytes.length / blockBytes(type);
  const scaleCount = blockCount * (blockSize(type) / BLOCK_SIZE);
  const bits = type === 'Q8_0' ? 8 : 4;
  const quants = new Uint8Array(scaleCount * 4 * bits);
  const scales = new Float32Array(scaleCount);
  pack(bytes, quants, scales);
  return { bits, quants, scales };
}

/** Scales as the operator takes them beside f16 activations. */
export function halves(values: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeFloat16s(values).buffer);
}

type Packer = (bytes: Uint8Array, quants: Uint8Array, scales: Float32Array) => void;

const PACKERS: Partial<Record<TensorType, Packer>> = {
  Q4_0: packQ40,
  Q8_0: packQ80,
  Q4_K: packQ4K,
};

function packQ40(bytes: Uint8Array, quants: Uint8Array, scales: Float32Array): void {
  for (let block = 0; block < scales.length; block += 1) {
    const at = block * 18;
    scales[block] = readHalf(bytes, at);
    for (let i = 0; i < 8; i += 1) {
      const even = bytes[at + 2 + 2 * i] as number;
      const odd = bytes[at + 3 + 2 * i] as number;
      quants[block * 16 + i] = (even & 15) | ((odd & 15) << 4);
      quants[block * 16 + 8 + i] = (even >> 4) | (odd & 0xf0);
    }
  }
}

function packQ80(bytes: Uint8Array, quants: Uint8Array, scales: Float32Array): void {
  for (let block = 0; block < scales.length; block += 1) {
    const at = block * 34;
    scales[block] = readHalf(bytes, at);
    // Signed to unsigned with a middle of 128.
    for (let i = 0; i < 32; i += 1) {
      quants[block * 32 + i] = (bytes[at + 2 + i] as number) ^ 0x80;
    }
  }
}

/** Only files whose minima are eight scales, as synthetic ones are, keep their weights. */
function packQ4K(bytes: Uint8Array, quants: Uint8Array, scales: Float32Array): void {
  for (let block = 0; block < scales.length; block += 1) {
    const sub = block % 8;
    const at = ((block - sub) / 8) * 144;
    const [scale, minimum] = subScales(bytes, at, sub);
    scales[block] = readHalf(bytes, at) * scale;
    if (readHalf(bytes, at + 2) * minimum !== 8 * (scales[block] as number)) {
      throw new RangeError('these Q4_K weights have minima that MatMulNBits cannot hold');
    }
    const from = at + 16 + (sub >> 1) * 32;
    const shift = (sub & 1) * 4;
    for (let i = 0; i < 16; i += 1) {
      const even = ((bytes[from + 2 * i] as number) >> shift) & 15;
      const odd = ((bytes[from + 2 * i + 1] as number) >> shift) & 15;
      quants[block * 16 + i] = even | (odd << 4);
    }
  }
}

/** The 6-bit scale and minimum of one of eight sub-blocks. */
function subScales(bytes: Uint8Array, at: number, sub: number): [scale: number, minimum: number] {
  const byte = (index: number) => bytes[at + 4 + index] as number;
  if (sub < 4) return [byte(sub) & 63, byte(sub + 4) & 63];
  const low = byte(sub + 4);
  return [(low & 15) | ((byte(sub - 4) >> 6) << 4), (low >> 4) | ((byte(sub) >> 6) << 4)];
}

function readHalf(bytes: Uint8Array, at: number): number {
  return decodeFloat16((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
}
