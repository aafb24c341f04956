import { dequantize } from '@manyhands/model/quant/dequantize';
import type { DeviceType } from '@manyhands/model/quant/device-type';
import { createRandom } from '@manyhands/testkit/random';
import { beforeAll, describe, expect, test } from 'vitest';
import { relativeError } from '../webgpu/kernel-testing.ts';
import { matVecReference } from '../webgpu/kernels/mat-vec/mat-vec.reference.ts';
import { DEVICE_TYPES, fittingColumns, randomWeights } from '../webgpu/weights/random-weights.ts';
import { type Activations, chooseProduct, DOT_KINDS, type DotKind } from './choose-product.ts';
import { createKernelTester, type KernelTester } from './kernel-testing.ts';
import { PRODUCT_SUMS_BYTES } from './kernels.ts';
import { createMultiply } from './multiply.ts';
import { createThreads } from './threads/threads.ts';
import { HELD_TYPES } from './weights/held-type.ts';

/** Sums in f32 against doubles, of the same rounded activations. */
const TOLERANCE = 4e-6;
const LEVELS: Record<Activations, number> = { f32: 0, i16: 32_767, i8: 127 };

const SHAPES = [
  { rowCount: 1, columnCount: 32, tokenCount: 1 },
  { rowCount: 63, columnCount: 65, tokenCount: 2 },
  { rowCount: 64, columnCount: 576, tokenCount: 1 },
  { rowCount: 37, columnCount: 172, tokenCount: 3 },
  { rowCount: 577, columnCount: 96, tokenCount: 5 },
  { rowCount: 8, columnCount: 512, tokenCount: 4 },
  { rowCount: 100, columnCount: 1536, tokenCount: 11 },
];

describe.each(['plain', 'relaxed'] as const)('%s', (variant) => {
  let tester: KernelTester;
  beforeAll(async () => {
    tester = await createKernelTester(variant);
  });

  function multiply(
    type: DeviceType,
    activations: Activations,
    shape: (typeof SHAPES)[number],
    accumulates: boolean,
  ) {
    const { rowCount, tokenCount } = shape;
    const columnCount = fittingColumns(type, shape.columnCount);
    const random = createRandom(rowCount * 1000 + columnCount + tokenCount);
    const { rows, values } = randomWeights(random, type, rowCount, columnCount);
    const x = random.floats(tokenCount * columnCount);
    const before = random.floats(tokenCount * rowCount);
    const out = tester.rows(before, rowCount);
    const run = createMultiply({
      kernels: tester.kernels,
      threads: createThreads(tester.kernels),
      activations,
      scratch: {
        integers: tester.bytes(((tokenCount + 3) * columnCount * 76) / 32),
        strips: [tester.bytes(columnCount * 32)],
        sums: [tester.bytes(PRODUCT_SUMS_BYTES)],
      },
    });
    const matrix = tester.matrix(type, rows, columnCount, rowCount);
    run({
      x: tester.rows(x, columnCount),
      tokenCount,
      products: [{ matrix, out, accumulates }],
    });
    const product = matVecReference({
      rowCount,
      columnCount,
      tokenCount,
      weights: values,
      x: type === 'F32' || type === 'F16' ? x : rounded(x, LEVELS[activations]),
    });
    const expected = product.map((value, i) => value + (accumulates ? (before[i] as number) : 0));
    return relativeError(tester.read(out, tokenCount, rowCount), expected);
  }

  const activations: Activations[] = variant === 'plain' ? ['f32', 'i16'] : ['f32', 'i16', 'i8'];
  describe.each(activations)('%s activations', (kind) => {
    describe.each(DEVICE_TYPES)('%s', (type) => {
      test.each(SHAPES)('$rowCount x $columnCount times $tokenCount', (shape) => {
        expect(multiply(type, kind, shape, false)).toBeLessThan(TOLERANCE);
        expect(multiply(type, kind, shape, true)).toBeLessThan(TOLERANCE);
      });
    });
  });

  test.each(DEVICE_TYPES)('rows of %s unpack to what they mean', (type) => {
    const columnCount = fittingColumns(type, 70);
    const { rows, values } = randomWeights(createRandom(3), type, 13, columnCount);
    const matrix = tester.matrix(type, rows, columnCount, 13);
    const scratch = tester.bytes(columnCount * 32);
    for (const row of [0, 4, 7, 8, 12]) {
      const out = tester.bytes(columnCount * 4);
      const strip = matrix.address + Math.floor(row / 8) * matrix.stripBytes;
      const { code } = HELD_TYPES[type];
      tester.kernels.unpackRow(code, strip, row % 8, columnCount, scratch, out);
      const expected = values.subarray(row * columnCount, (row + 1) * columnCount);
      // Minima of Q4_K are added in another order than GGUF's.
      const error = relativeError(tester.memory.f32(out, columnCount), expected);
      expect(error).toBeLessThanOrEqual(type === 'Q4_K' ? 2e-7 : 0);
    }
  });

  test.each(activations)('NaN and infinity reach the result: %s', (kind) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const type of DEVICE_TYPES) {
        const columnCount = fittingColumns(type, 64);
        const { rows } = randomWeights(createRandom(4), type, 8, columnCount);
        const x = createRandom(5).floats(columnCount);
        x[17] = value;
        const out = tester.rows(new Float32Array(8), 8);
        const scratch = {
          integers: tester.bytes(columnCount * 8),
          strips: [tester.bytes(8192)],
          sums: [tester.bytes(PRODUCT_SUMS_BYTES)],
        };
        const { kernels } = tester;
        const threads = createThreads(kernels);
        const run = createMultiply({ kernels, threads, activations: kind, scratch });
        const matrix = tester.matrix(type, rows, columnCount, 8);
        run({ x: tester.rows(x, columnCount), tokenCount: 1, products: [{ matrix, out }] });
        expect(tester.read(out, 1, 8).some(Number.isFinite), `${type} times ${value}`).toBe(false);
      }
    }
  });

  test.each([
    ['Q4_0', 18],
    ['Q8_0', 34],
  ] as const)('scales of %s of every size are what they were', (type, blockBytes) => {
    // Subnormal ones from the smallest to the largest, zeros of both signs, the largest that is held.
    const scales = [1, 2, 3, 0x155, 0x200, 0x3fe, 0x3ff, 0x400, 0x401, 0, 0x3c00, 0x53ff];
    const signed = [...scales, ...scales.map((scale) => scale | 0x8000)];
    const { rows } = randomWeights(createRandom(6), type, 8, 32 * signed.length);
    const view = new DataView(rows.buffer);
    const values: number[] = [];
    for (let block = 0; block * blockBytes < rows.length; block += 1) {
      view.setUint16(block * blockBytes, signed[block % signed.length] as number, true);
    }
    for (let first = 0; first < rows.length; first += blockBytes) {
      values.push(...dequantize(type, rows.subarray(first, first + blockBytes), 32));
    }
    const columnCount = 32 * signed.length;
    const matrix = tester.matrix(type, rows, columnCount, 8);
    const scratch = tester.bytes(columnCount * 32);
    const out = tester.bytes(columnCount * 4);
    for (let row = 0; row < 8; row += 1) {
      const { code } = HELD_TYPES[type];
      tester.kernels.unpackRow(code, matrix.address, row, columnCount, scratch, out);
      const expected = values.slice(row * columnCount, (row + 1) * columnCount);
      // Zero times a scale has a sign that nobody sees.
      expect([...tester.memory.f32(out, columnCount)].map((value) => value + 0)).toEqual(
        expected.map((value) => value + 0),
      );
    }
    view.setUint16(0, 0x5400, true);
    expect(() => tester.matrix(type, rows, columnCount, 8)).toThrow('not finite');
  });

  test.each(DEVICE_TYPES)('scales of %s that are not finite are refused', (type) => {
    const columnCount = fittingColumns(type, 64);
    const { rows } = randomWeights(createRandom(6), type, 8, columnCount);
    if (type === 'F32') return;
    const scaleAt = type === 'Q6_K' ? 208 : 0;
    rows[scaleAt] = 0;
    rows[scaleAt + 1] = 0x7c;
    expect(() => tester.matrix(type, rows, columnCount, 8)).toThrow(/not finite/);
  });
});

describe('products of bytes that an engine might do in another way', () => {
  test('dots in pairs or of signed bytes give what those of unsigned bytes give', async ({
    skip,
  }) => {
    const tester = await createKernelTester('relaxed');
    skip(dotKindOf(tester) !== 'unsigned', 'dots of unsigned bytes overflow on this processor');
    const { kernels } = tester;
    for (const [type, columnCount] of [
      ['Q4_0', 608],
      ['Q4_K', 768],
    ] as const) {
      for (const tokenCount of [1, 3]) {
        const { rows } = randomWeights(createRandom(7), type, 50, columnCount);
        const matrix = tester.matrix(type, rows, columnCount, 50);
        const x = tester.rows(createRandom(8).floats(tokenCount * columnCount), columnCount);
        const integers = tester.bytes(columnCount * 8);
        const sums = tester.bytes(PRODUCT_SUMS_BYTES);
        kernels.quantizeI8(x.address, x.stride, tokenCount, columnCount, integers);
        const results = (['unsigned', 'in-pairs', 'signed'] as const).map((kind) => {
          const out = tester.rows(new Float32Array(tokenCount * 50), 50);
          const choice = chooseProduct(type, 'i8', kind);
          if (choice.integers !== 'i8') throw new RangeError('no product with i8');
          const { address, stripBytes, stripCount } = matrix;
          const weights = [address, stripBytes, stripCount, columnCount] as const;
          const target = [integers, tokenCount, out.address, out.stride, false, sums] as const;
          kernels[choice.product](...weights, ...target);
          return tester.read(out, tokenCount, 50);
        });
        expect(results[1]).toEqual(results[0]);
        expect(results[2]).toEqual(results[0]);
      }
    }
  });

  test('i8 kept as i16 give what i8 give', async ({ skip }) => {
    const tester = await createKernelTester('relaxed');
    skip(dotKindOf(tester) === 'in-pairs', 'dots of bytes overflow on this processor');
    const { kernels } = tester;
    for (const tokenCount of [1, 3]) {
      const { rows } = randomWeights(createRandom(7), 'Q8_0', 50, 608);
      const { address, stripBytes, stripCount } = tester.matrix('Q8_0', rows, 608, 50);
      const x = tester.rows(createRandom(8).floats(tokenCount * 608), 608);
      const results = ([dotKindOf(tester), 'in-pairs'] as const).map((kind) => {
        const integers = tester.bytes(608 * 16);
        const sums = tester.bytes(PRODUCT_SUMS_BYTES);
        const choice = chooseProduct('Q8_0', 'i8', kind);
        if (choice.integers === 'none') throw new RangeError('no product of integers');
        const quantize = kind === 'in-pairs' ? kernels.quantizeI8Wide : kernels.quantizeI8;
        quantize(x.address, x.stride, tokenCount, 608, integers);
        const out = tester.rows(new Float32Array(4 * 50), 50);
        const weights = [address, stripBytes, stripCount, 608] as const;
        kernels[choice.product](
          ...weights,
          integers,
          tokenCount,
          out.address,
          out.stride,
          false,
          sums,
        );
        return tester.read(out, tokenCount, 50);
      });
      expect(results[1]).toEqual(results[0]);
    }
  });

  test('Q8_0 takes i8 as i16 where dots saturate, and what the engine does is known', async () => {
    const { kernels } = await createKernelTester('relaxed');
    expect(chooseProduct('Q8_0', 'i8', 'in-pairs').integers).toBe('i8-wide');
    expect(DOT_KINDS[kernels.dotKind(127, 255)]).toBeDefined();
  });
});

/** What integers stand for: of each 32 numbers the largest becomes `levels`. */
function rounded(x: Float32Array<ArrayBuffer>, levels: number): Float32Array<ArrayBuffer> {
  if (levels === 0) return x;
  const out = new Float32Array(x.length);
  for (let first = 0; first < x.length; first += 32) {
    const block = x.subarray(first, first + 32);
    const scale = Math.fround(Math.max(...block.map(Math.abs)) / levels);
    const inverse = Math.fround(1 / scale);
    for (const [i, value] of block.entries()) {
      out[first + i] = nearest(Math.fround(value * inverse)) * scale;
    }
  }
  return out;
}

/** The nearest integer, of two the even one. */
function nearest(value: number): number {
  const integer = Math.round(value);
  return integer - value === 0.5 && integer % 2 !== 0 ? integer - 1 : integer;
}

/** How this engine, on this processor, multiplies bytes. */
function dotKindOf({ kernels }: KernelTester): DotKind {
  return DOT_KINDS[kernels.dotKind(127, 255)] as DotKind;
}
