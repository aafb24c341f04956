import { ModelError } from '../error.ts';
import type { TensorType } from '../tensor.ts';
import { type BlockConverter, type BlockDecoder, blockBytes, blockSize } from './block-layout.ts';
import { blockDecoder } from './dequantize.ts';
import { decodeFloat16, encodeFloat16 } from './float16.ts';
import { q3kToQ6k, q50ToQ80 } from './requantize.ts';

/** Types that kernels multiply with. */
export type DeviceType = 'F32' | 'F16' | 'Q8_0' | 'Q4_0' | 'Q4_K' | 'Q6_K';

/**
 * The type a tensor has on the device. Types without a kernel of their own become the cheapest one
 * that keeps their precision: exactly (Q5_0, Q3_K, BF16) or rounded to f16's 11 bits.
 */
export function deviceType(type: TensorType): DeviceType {
  return DEVICE_TYPES[type];
}

/** Turns the bytes of one tensor, cut anywhere, into device bytes as they arrive. */
export interface Converter {
  readonly deviceType: DeviceType;
  /** Device bytes of every block that is complete by now; the chunk itself where nothing changes. */
  push(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** Throws `truncated` where the tensor ended within a block. */
  finish(): void;
}

/**
 * Without `target` a value beyond f16's range is `unsupported-feature`; a caller that wants such a
 * tensor starts it again with the target `F32`.
 */
export function createConverter(
  type: TensorType,
  target: DeviceType = deviceType(type),
): Converter {
  const convert = blockConverter(type, target);
  const inputBytes = blockBytes(type);
  const outputBytes = (blockSize(type) / blockSize(target)) * blockBytes(target);
  let carry = new Uint8Array(0);

  const convertBlocks = (input: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    if (convert === undefined) return input;
    const blockCount = input.length / inputBytes;
    const output = new Uint8Array(blockCount * outputBytes);
    for (let block = 0; block < blockCount; block += 1) {
      convert(input, block * inputBytes, output, block * outputBytes);
    }
    return output;
  };

  return {
    deviceType: target,
    push(chunk) {
      const input = carry.length === 0 ? chunk : join(carry, chunk);
      const whole = input.length - (input.length % inputBytes);
      carry = input.slice(whole);
      return convertBlocks(whole === input.length ? input : input.subarray(0, whole));
    },
    finish() {
      if (carry.length > 0) {
        throw new ModelError(
          'truncated',
          `the tensor ended ${carry.length} bytes into a ${type} block; fetch the file again`,
        );
      }
    },
  };
}

/** Converts whole blocks at once. */
export function convertForDevice(
  type: TensorType,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const converter = createConverter(type);
  const output = converter.push(bytes);
  converter.finish();
  return output;
}

const DEVICE_TYPES: Record<TensorType, DeviceType> = {
  F32: 'F32',
  F16: 'F16',
  BF16: 'F32',
  Q4_0: 'Q4_0',
  Q4_1: 'F16',
  Q5_0: 'Q8_0',
  Q5_1: 'F16',
  Q8_0: 'Q8_0',
  Q2_K: 'F16',
  Q3_K: 'Q6_K',
  Q4_K: 'Q4_K',
  Q5_K: 'F16',
  Q6_K: 'Q6_K',
};

/** `undefined` where the bytes stay as they are. */
function blockConverter(type: TensorType, target: DeviceType): BlockConverter | undefined {
  if (type === target) return undefined;
  if (target === 'F32') return toF32(blockSize(type), blockDecoder(type));
  if (target === 'F16') return toF16(type, blockDecoder(type));
  if (type === 'Q5_0' && target === 'Q8_0') return q50ToQ80;
  if (type === 'Q3_K' && target === 'Q6_K') return q3kToQ6k;
  throw new ModelError('unsupported-feature', `no conversion from ${type} to ${target} exists`);
}

function toF32(valueCount: number, decode: BlockDecoder): BlockConverter {
  const values = new Float32Array(valueCount);
  const valueBytes = new Uint8Array(values.buffer);
  return (input, at, output, outputAt) => {
    decode(input, at, values, 0);
    output.set(valueBytes, outputAt);
  };
}

function toF16(type: TensorType, decode: BlockDecoder): BlockConverter {
  const values = new Float32Array(blockSize(type));
  return (input, at, output, outputAt) => {
    decode(input, at, values, 0);
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] as number;
      const half = encodeFloat16(value);
      if ((half & 0x7c00) === 0x7c00 && Number.isFinite(value)) throw beyondF16(type, value);
      output[outputAt + 2 * i] = half & 0xff;
      output[outputAt + 2 * i + 1] = half >> 8;
    }
  };
}

function beyondF16(type: TensorType, value: number): ModelError {
  return new ModelError(
    'unsupported-feature',
    `a ${type} weight of ${value} is beyond ${decodeFloat16(0x7bff)}, the largest f16; ` +
      'quantise the model as Q8_0 or Q6_K',
  );
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
