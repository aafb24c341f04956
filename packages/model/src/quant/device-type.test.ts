import { createRandom } from '@manyhands/testkit/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelError } from '../error.ts';
import { TENSOR_TYPES, type TensorType } from '../tensor.ts';
import { blockBytes, blockSize } from './block-layout.ts';
import { dequantize } from './dequantize.ts';
import { convertForDevice, createConverter, deviceType } from './device-type.ts';
import { decodeFloat16, encodeFloat16 } from './float16.ts';

const TYPES = Object.keys(TENSOR_TYPES) as TensorType[];
const BLOCK_COUNT = 3;

describe('conversion', () => {
  test.each(['F32', 'F16', 'Q8_0', 'Q4_0', 'Q4_K', 'Q6_K'] as const)(
    '%s keeps its bytes',
    (type) => {
      const bytes = blocks(type);
      expect(deviceType(type)).toBe(type);
      expect(convertForDevice(type, bytes)).toBe(bytes);
    },
  );

  test.each([
    ['BF16', 'F32'],
    ['Q5_0', 'Q8_0'],
    ['Q3_K', 'Q6_K'],
  ] as const)('%s becomes %s without changing a value', (type, target) => {
    const bytes = blocks(type);
    expect(deviceType(type)).toBe(target);
    const values = dequantize(type, bytes, BLOCK_COUNT * blockSize(type));
    const converted = dequantize(target, convertForDevice(type, bytes), values.length);
    // Zero times a negative scale may change its sign, which no sum can see.
    expect(converted.map((value) => value + 0)).toEqual(values.map((value) => value + 0));
  });

  test.each(['Q4_1', 'Q5_1', 'Q2_K', 'Q5_K'] as const)('%s rounds to the nearest f16', (type) => {
    const bytes = blocks(type);
    expect(deviceType(type)).toBe('F16');
    const values = dequantize(type, bytes, BLOCK_COUNT * blockSize(type));
    const converted = dequantize('F16', convertForDevice(type, bytes), values.length);
    expect(converted).toEqual(values.map((value) => decodeFloat16(encodeFloat16(value))));
  });

  test.each(TYPES)('%s converts alike however it is cut', (type) => {
    const bytes = blocks(type);
    const whole = convertForDevice(type, bytes);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 8 }),
        (places) => {
          const cuts = [0, ...places.toSorted((a, b) => a - b), bytes.length];
          const converter = createConverter(type);
          const parts = cuts.slice(1).map((end, i) => converter.push(bytes.slice(cuts[i], end)));
          converter.finish();
          expect(Buffer.concat(parts)).toEqual(Buffer.from(whole));
        },
      ),
      { numRuns: 25, seed: 2 },
    );
  });
});

test('a tensor that ends within a block is truncated', () => {
  const converter = createConverter('Q5_K');
  converter.push(blocks('Q5_K').slice(0, 200));
  expect(codeOf(() => converter.finish())).toBe('truncated');
});

test('a value beyond f16 is refused, and fits when F32 is asked for', () => {
  const block = new Uint8Array(blockBytes('Q4_1'));
  block.set([0xff, 0x7b, 0, 0, 0x02]);
  expect(codeOf(() => convertForDevice('Q4_1', block))).toBe('unsupported-feature');
  const converted = createConverter('Q4_1', 'F32').push(block);
  expect(dequantize('F32', converted, 32)[0]).toBe(2 * 65_504);
});

test('a lossy conversion that nobody defined is refused', () => {
  expect(codeOf(() => createConverter('Q6_K', 'Q4_0'))).toBe('unsupported-feature');
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return error instanceof ModelError ? error.code : String(error);
  }
  return undefined;
}

/** Random blocks with scales near one hundredth, as real weights have. */
function blocks(type: TensorType): Uint8Array<ArrayBuffer> {
  const random = createRandom(17);
  const size = blockBytes(type);
  const bytes = random.bytes(BLOCK_COUNT * size);
  const view = new DataView(bytes.buffer);
  for (let block = 0; block < BLOCK_COUNT; block += 1) {
    for (const place of SCALE_PLACES[type] ?? [0, 2]) {
      if (place + 2 > size) continue;
      view.setUint16(block * size + place, encodeFloat16(random.normal() / 100), true);
    }
  }
  return bytes;
}

const SCALE_PLACES: Partial<Record<TensorType, readonly number[]>> = {
  Q2_K: [80, 82],
  Q3_K: [108],
  Q5_0: [0],
  Q6_K: [208],
  Q4_0: [0],
  Q8_0: [0],
};
