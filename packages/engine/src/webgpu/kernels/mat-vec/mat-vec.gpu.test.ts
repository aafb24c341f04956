import type { DeviceType } from '@manyhands/model/quant/device-type';
import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import {
  createKernelTester,
  type KernelTester,
  ODD_SIZES,
  relativeError,
} from '../../kernel-testing.ts';
import { DEVICE_TYPES, fittingColumns, randomWeights } from '../../weights/random-weights.ts';
import { chooseTiling, shapeWords } from '../product-shape.ts';
import { type OneRowVariant, supportsOneRow } from '../product-variant.ts';
import { rmsNormReference } from '../rms-norm/rms-norm.reference.ts';
import { matVecReference, roundToI8 } from './mat-vec.reference.ts';
import {
  type MatVecOptions,
  matVecKernel,
  matVecRowsKernel,
  matVecRowsWorkgroups,
  matVecWorkgroups,
} from './mat-vec.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

/** f32 sums of up to 2,100 products, relative to the largest result. */
const TOLERANCE = 2e-6;
const UNUSED = new Float32Array(1);

/** Products of four columns in f16, against f32 activations. */
const F16_TOLERANCE = 2e-3;

const [narrow, wide] = [chooseTiling(true), chooseTiling(false)];
const ONE_ROW: [string, MatVecOptions][] = [
  ['staged, one slice', { variant: 'staged', tiling: narrow }],
  ['staged, eight slices', { variant: 'staged', tiling: wide }],
  ['subgroups, one slice', { variant: 'subgroups', tiling: narrow }],
  ['subgroups, eight slices', { variant: 'subgroups', tiling: wide }],
  ['i8, one slice', { variant: 'i8', tiling: narrow }],
  ['i8, eight slices', { variant: 'i8', tiling: wide }],
  ['f16, eight slices', { variant: 'f16', tiling: wide }],
  ['quad', { variant: 'quad', tiling: narrow }],
];
const toleranceOf = ({ variant }: MatVecOptions) => (variant === 'f16' ? F16_TOLERANCE : TOLERANCE);

/** Skips what this adapter cannot run, and says why. */
const skipUnsupported = (skip: TestContext['skip'], variant: OneRowVariant, type: DeviceType) =>
  skip(
    !supportsOneRow(variant, type, tester.features),
    `${variant} does not take ${type}, or this adapter lacks its features`,
  );

const ROWS = [
  { variant: 'staged', tiling: narrow },
  { variant: 'staged', tiling: wide },
  { variant: 'quad', tiling: narrow },
] as const;

function setUp(
  type: (typeof DEVICE_TYPES)[number],
  rowCount: number,
  size: number,
  tokens: number,
) {
  const random = createRandom(rowCount * 1000 + size);
  const columnCount = fittingColumns(type, size);
  const { values, words } = randomWeights(random, type, rowCount, columnCount);
  const x = random.floats(tokens * columnCount);
  const expected = matVecReference({
    rowCount,
    columnCount,
    tokenCount: tokens,
    weights: values,
    x,
  });
  const shape = {
    type,
    rowCount,
    columnCount,
    outOffset: 0,
    outStride: rowCount,
    accumulates: false,
  } as const;
  return { random, columnCount, values, words, x, expected, shape };
}

describe.each(DEVICE_TYPES)('mat_vec %s', (type) => {
  describe.each(ONE_ROW)('%s', (_, options) => {
    test.for(ODD_SIZES)('multiplies about %i columns', async (size, { skip }) => {
      skipUnsupported(skip, options.variant, type);
      const { words, x, values, columnCount, shape } = setUp(type, 65, size, 1);
      const [actual] = await tester.run({
        spec: matVecKernel(shape.type, options),
        workgroups: matVecWorkgroups(65, 1),
        buffers: [shapeWords(shape), words, x, UNUSED, new Float32Array(65)],
      });
      const rounded = options.variant === 'i8' ? roundToI8(x) : x;
      const input = { rowCount: 65, columnCount, tokenCount: 1, weights: values, x: rounded };
      const error = relativeError(actual as Float32Array, matVecReference(input));
      expect(error).toBeLessThan(toleranceOf(options));
    });
  });

  test.each(ODD_SIZES)('mat_vec_rows multiplies about %i columns for 11 tokens', async (size) => {
    const { words, x, expected, shape } = setUp(type, 33, size, 11);
    for (const options of ROWS) {
      const [actual] = await tester.run({
        spec: matVecRowsKernel(shape.type, options),
        workgroups: matVecRowsWorkgroups(options.variant, 33, 11),
        params: { tokenCount: 11 },
        buffers: [shapeWords(shape), words, x, UNUSED, new Float32Array(11 * 33)],
      });
      expect(relativeError(actual as Float32Array, expected)).toBeLessThan(TOLERANCE);
    }
  });
});

describe.each(ONE_ROW)('mat_vec %s', (_, options) => {
  test.for(ODD_SIZES)('computes %i rows and no more', async (rowCount, { skip }) => {
    skipUnsupported(skip, options.variant, 'Q8_0');
    const { words, x, values, columnCount, shape } = setUp('Q8_0', rowCount, 64, 1);
    const [actual] = await tester.run({
      spec: matVecKernel(shape.type, options),
      workgroups: matVecWorkgroups(rowCount, 1),
      buffers: [shapeWords(shape), words, x, UNUSED, new Float32Array(rowCount + 3).fill(7)],
    });
    const rounded = options.variant === 'i8' ? roundToI8(x) : x;
    const input = { rowCount, columnCount, tokenCount: 1, weights: values, x: rounded };
    const error = relativeError(actual as Float32Array, matVecReference(input));
    expect(error).toBeLessThan(toleranceOf(options));
    expect([...(actual as Float32Array).slice(rowCount, rowCount + 3)]).toEqual([7, 7, 7]);
  });

  test.for([
    ['F16', 2100],
    ['Q4_0', 2080],
  ] as const)(
    'normalises %s input of %i columns, from the wanted row, into its place',
    async ([type, columnCount], { skip }) => {
      skipUnsupported(skip, options.variant, type);
      const rowCount = 40;
      const { random, words, x, values } = setUp(type, rowCount, columnCount, 3);
      const gain = random.floats(columnCount);
      const exact = Float32Array.from(rmsNormReference(x, gain, 1e-5)).subarray(columnCount);
      const normed = options.variant === 'i8' ? roundToI8(exact) : exact;
      const tokens = { rowCount, columnCount, tokenCount: 2, weights: values };
      const product = matVecReference({ ...tokens, x: normed });
      const matrix = { type, rowCount, columnCount };
      const shape = { ...matrix, outOffset: 5, outStride: 50, accumulates: true };
      const [actual] = await tester.run({
        spec: matVecKernel(shape.type, { ...options, normEpsilon: 1e-5 }),
        workgroups: matVecWorkgroups(rowCount, 2),
        params: { tokenCount: 2, firstRow: 1 },
        buffers: [shapeWords(shape), words, x, gain, new Float32Array(100).fill(1)],
      });
      const expected = new Float64Array(100).fill(1);
      product.forEach((value, i) => {
        expected[Math.floor(i / rowCount) * 50 + 5 + (i % rowCount)] = 1 + value;
      });
      const error = relativeError(actual as Float32Array, expected);
      expect(error).toBeLessThan(toleranceOf(options));
    },
  );
});

test.each([
  ['F16', 2100],
  ['Q4_0', 2080],
] as const)(
  'mat_vec_rows normalises %s input of %i columns, from the wanted row, into its place',
  async (type, columnCount) => {
    const rowCount = 40;
    const { random, words, x, values } = setUp(type, rowCount, columnCount, 12);
    const gain = random.floats(columnCount);
    const normed = Float32Array.from(rmsNormReference(x, gain, 1e-5)).subarray(columnCount);
    const tokens = { rowCount, columnCount, tokenCount: 11, weights: values };
    const product = matVecReference({ ...tokens, x: normed });
    const shape = { type, rowCount, columnCount, outOffset: 5, outStride: 50, accumulates: true };
    const expected = new Float64Array(11 * 50).fill(1);
    product.forEach((value, i) => {
      expected[Math.floor(i / rowCount) * 50 + 5 + (i % rowCount)] = 1 + value;
    });
    for (const options of ROWS) {
      const [actual] = await tester.run({
        spec: matVecRowsKernel(type, { ...options, normEpsilon: 1e-5 }),
        workgroups: matVecRowsWorkgroups(options.variant, rowCount, 11),
        params: { tokenCount: 11, firstRow: 1 },
        buffers: [shapeWords(shape), words, x, gain, new Float32Array(11 * 50).fill(1)],
      });
      expect(relativeError(actual as Float32Array, expected)).toBeLessThan(TOLERANCE);
    }
  },
);
