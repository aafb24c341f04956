import { readFileSync } from 'node:fs';
import { createRandom } from '@manyhands/testkit/random';
import { encodeTensor } from '@manyhands/testkit/tensor-encoder';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TENSOR_TYPES, type TensorType } from '../tensor.ts';
import { blockBytes, blockSize, tensorByteLength } from './block-layout.ts';
import { dequantize } from './dequantize.ts';
import { decodeFloat16 } from './float16.ts';

const TYPES = Object.keys(TENSOR_TYPES) as TensorType[];
const QUANTISED = TYPES.filter((type) => blockSize(type) > 1);

describe('values that numpy computed after the dequantisers of ggml', () => {
  const file = new URL('./ggml-values.json', import.meta.url);
  const golden: Record<string, { bytes: string; values: string }> = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  test.each(Object.entries(golden))('%s', (type, { bytes, values }) => {
    const expected = new Float32Array(Uint8Array.from(Buffer.from(values, 'base64')).buffer);
    const actual = dequantize(type as TensorType, Buffer.from(bytes, 'base64'), expected.length);
    expect(actual).toEqual(expected);
  });
});

describe('a reading of each block one value at a time, from its bit layout', () => {
  test.each(QUANTISED)('%s', (type) => {
    fc.assert(
      fc.property(randomBlock(type), (block) => {
        const values = dequantize(type, block, blockSize(type));
        for (let i = 0; i < values.length; i += 1) {
          expect(values[i], `value ${i}`).toBe(Math.fround(SLOW[type]?.(block, i) as number));
        }
      }),
      { numRuns: 20, seed: 11 },
    );
  });
});

test('blocks do not influence each other', () => {
  const random = createRandom(3);
  for (const type of TYPES) {
    const bytes = withFiniteScales(type, random.bytes(3 * blockBytes(type)));
    const size = blockSize(type);
    const whole = dequantize(type, bytes, 3 * size);
    for (let block = 0; block < 3; block += 1) {
      const part = bytes.subarray(block * blockBytes(type), (block + 1) * blockBytes(type));
      expect(whole.subarray(block * size, (block + 1) * size)).toEqual(
        dequantize(type, part, size),
      );
    }
  }
});

test('what an encoder wrote comes back within half a step', () => {
  const values = createRandom(5).floats(256);
  const largest = Math.max(...values.map(Math.abs));
  for (const [type, tolerance] of [
    ['F32', 0],
    ['F16', largest / 2048],
    ['Q8_0', largest / 127],
    ['Q4_0', largest / 8 + 1e-3],
  ] as const) {
    const decoded = dequantize(type, encodeTensor(type, values), 256);
    for (let i = 0; i < 256; i += 1) {
      const error = Math.abs((decoded[i] as number) - (values[i] as number));
      expect(error, `${type} ${i}`).toBeLessThanOrEqual(tolerance);
    }
  }
});

test('bytes that are not whole blocks are refused', () => {
  for (const type of TYPES) {
    const bytes = new Uint8Array(blockBytes(type) + 1);
    expect(() => dequantize(type, bytes, blockSize(type))).toThrowError(/read the whole tensor/);
  }
});

test('tensor sizes count blocks a row and refuse rows that do not fill them', () => {
  expect(tensorByteLength('F32', [7, 3])).toBe(84);
  expect(tensorByteLength('Q8_0', [64, 5])).toBe(2 * 34 * 5);
  expect(tensorByteLength('Q4_K', [512, 2, 2])).toBe(2 * 144 * 4);
  expect(() => tensorByteLength('Q8_0', [48, 2])).toThrowError(/do not fill/);
  expect(() => tensorByteLength('Q6_K', [32, 8])).toThrowError(/do not fill/);
  expect(() => tensorByteLength('F32', [2 ** 40, 2 ** 40])).toThrowError(/cannot be addressed/);
});

type Slow = (block: Uint8Array, i: number) => number;

const u8 = (block: Uint8Array, at: number): number => block[at] as number;
const f16 = (block: Uint8Array, at: number): number =>
  decodeFloat16(u8(block, at) + 256 * u8(block, at + 1));
/** `count` bits of the block, counted from the lowest bit of byte `at`. */
const bits = (block: Uint8Array, at: number, bit: number, count: number): number => {
  let value = 0;
  for (let b = 0; b < count; b += 1) {
    value += ((u8(block, at + Math.floor((bit + b) / 8)) >> ((bit + b) % 8)) & 1) * 2 ** b;
  }
  return value;
};
const i8 = (block: Uint8Array, at: number): number => new Int8Array([u8(block, at)])[0] as number;
/** Nibble of value i in a block of 32 whose bytes hold i and i + 16. */
const nibble32 = (block: Uint8Array, at: number, i: number): number =>
  bits(block, at + (i % 16), i < 16 ? 0 : 4, 4);
/** Nibble of value i of 256, whose bytes hold i and i + 32 of each 64. */
const nibble256 = (block: Uint8Array, at: number, i: number): number =>
  bits(block, at + 32 * Math.floor(i / 64) + (i % 32), i % 64 < 32 ? 0 : 4, 4);
/** Two bits of value i of 256, whose bytes hold i, i + 32, i + 64 and i + 96 of each 128. */
const pair256 = (block: Uint8Array, at: number, i: number): number =>
  bits(block, at + 32 * Math.floor(i / 128) + (i % 32), 2 * Math.floor((i % 128) / 32), 2);
/** Scales of sub-blocks 4 to 7 keep their upper bits above those of 0 to 3. */
const scaleK4 = (block: Uint8Array, j: number): number =>
  j < 4 ? bits(block, 4 + j, 0, 6) : bits(block, 8 + j, 0, 4) + 16 * bits(block, 4 + (j - 4), 6, 2);
const minK4 = (block: Uint8Array, j: number): number =>
  j < 4 ? bits(block, 8 + j, 0, 6) : bits(block, 8 + j, 4, 4) + 16 * bits(block, 4 + j, 6, 2);

const SLOW: Partial<Record<TensorType, Slow>> = {
  Q4_0: (block, i) => f16(block, 0) * (nibble32(block, 2, i) - 8),
  Q4_1: (block, i) => f16(block, 0) * nibble32(block, 4, i) + f16(block, 2),
  Q5_0: (block, i) => f16(block, 0) * (nibble32(block, 6, i) + 16 * bits(block, 2, i, 1) - 16),
  Q5_1: (block, i) =>
    f16(block, 0) * (nibble32(block, 8, i) + 16 * bits(block, 4, i, 1)) + f16(block, 2),
  Q8_0: (block, i) => f16(block, 0) * i8(block, 2 + i),
  Q2_K: (block, i) => {
    const sub = Math.floor(i / 16);
    return (
      f16(block, 80) * bits(block, sub, 0, 4) * pair256(block, 16, i) -
      f16(block, 82) * bits(block, sub, 4, 4)
    );
  },
  Q3_K: (block, i) => {
    const sub = Math.floor(i / 16);
    const low = bits(block, 96 + (sub % 8), sub < 8 ? 0 : 4, 4);
    const high = bits(block, 104 + (sub % 4), 2 * Math.floor(sub / 4), 2);
    const isHigh = bits(block, i % 32, Math.floor(i / 32), 1) === 1;
    const q = pair256(block, 32, i) - (isHigh ? 0 : 4);
    return f16(block, 108) * (low + 16 * high - 32) * q;
  },
  Q4_K: (block, i) => {
    const sub = Math.floor(i / 32);
    return (
      f16(block, 0) * scaleK4(block, sub) * nibble256(block, 16, i) -
      f16(block, 2) * minK4(block, sub)
    );
  },
  Q5_K: (block, i) => {
    const sub = Math.floor(i / 32);
    const q = nibble256(block, 48, i) + 16 * bits(block, 16 + (i % 32), sub, 1);
    return f16(block, 0) * scaleK4(block, sub) * q - f16(block, 2) * minK4(block, sub);
  },
  Q6_K: (block, i) => {
    const half = Math.floor(i / 128);
    const low = bits(block, 64 * half + (i % 64), i % 128 < 64 ? 0 : 4, 4);
    const high = bits(block, 128 + 32 * half + (i % 32), 2 * Math.floor((i % 128) / 32), 2);
    return f16(block, 208) * i8(block, 192 + Math.floor(i / 16)) * (low + 16 * high - 32);
  },
};

function randomBlock(type: TensorType): fc.Arbitrary<Uint8Array> {
  const length = blockBytes(type);
  return fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes) => withFiniteScales(type, bytes));
}

/** Where each type keeps its f16 scales. */
const SCALE_PLACES: Partial<Record<TensorType, readonly number[]>> = {
  F16: [0],
  BF16: [0],
  F32: [2],
  Q2_K: [80, 82],
  Q3_K: [108],
  Q6_K: [208],
  Q4_0: [0],
  Q5_0: [0],
  Q8_0: [0],
};

/** Clears one exponent bit of each f16 scale: infinity and NaN are tested on their own. */
function withFiniteScales(type: TensorType, bytes: Uint8Array): Uint8Array {
  for (let at = 0; at < bytes.length; at += blockBytes(type)) {
    for (const place of SCALE_PLACES[type] ?? [0, 2]) {
      bytes[at + place + 1] = u8(bytes, at + place + 1) & 0xbf;
    }
  }
  return bytes;
}
