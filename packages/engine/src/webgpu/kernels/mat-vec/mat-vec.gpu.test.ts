import type { DeviceType } from '@manyhands/model/quant/device-type';
import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import {
  createKernelTester,
  type KernelTester,
  ODD_SIZES,
  type PackedRows,
  relativeError,
} from '../../kernel-testing.ts';
import { DEVICE_TYPES, fittingColumns, randomWeights } from '../../weights/random-weights.ts';
import { groupLines, TEXTURE_SIDE_MAX, textureSize } from '../../weights/texture-layout.ts';
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

/** What a kernel of few rows reads them from. */
function rowsOf(
  { variant }: (typeof ROWS)[number],
  values: Float32Array<ArrayBuffer>,
  rowCount: number,
): (Float32Array<ArrayBuffer> | PackedRows)[] {
  const columnCount = values.length / rowCount;
  return variant === 'quad' ? [{ columnCount, rowCount, values }] : [values, UNUSED];
}

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
  const matrix = { type, columnCount, words };
  return { random, columnCount, values, matrix, x, expected, shape };
}

describe.each(DEVICE_TYPES)('mat_vec %s', (type) => {
  describe.each(ONE_ROW)('%s', (_, options) => {
    test.for(ODD_SIZES)('multiplies about %i columns', async (size, { skip }) => {
      skipUnsupported(skip, options.variant, type);
      const { matrix, x, values, columnCount, shape } = setUp(type, 65, size, 1);
      const [actual] = await tester.run({
        spec: matVecKernel(shape.type, options),
        workgroups: matVecWorkgroups(options.variant, 65, 1),
        buffers: [shapeWords(shape), matrix, x, UNUSED, new Float32Array(65)],
      });
      const rounded = options.variant === 'i8' ? roundToI8(x) : x;
      const input = { rowCount: 65, columnCount, tokenCount: 1, weights: values, x: rounded };
      const error = relativeError(actual as Float32Array, matVecReference(input));
      expect(error).toBeLessThan(toleranceOf(options));
    });
  });

  test.each(ODD_SIZES)('mat_vec_rows multiplies about %i columns for 11 tokens', async (size) => {
    const { matrix, x, expected, shape } = setUp(type, 33, size, 11);
    for (const options of ROWS) {
      const [actual] = await tester.run({
        spec: matVecRowsKernel(shape.type, options),
        workgroups: matVecRowsWorkgroups(options.variant, 33, 11),
        params: { tokenCount: 11 },
        buffers: [shapeWords(shape), matrix, ...rowsOf(options, x, 11), new Float32Array(11 * 33)],
      });
      expect(relativeError(actual as Float32Array, expected)).toBeLessThan(TOLERANCE);
    }
  });
});

describe.each(ONE_ROW)('mat_vec %s', (_, options) => {
  test.for(ODD_SIZES)('computes %i rows and no more', async (rowCount, { skip }) => {
    skipUnsupported(skip, options.variant, 'Q8_0');
    const { matrix, x, values, columnCount, shape } = setUp('Q8_0', rowCount, 64, 1);
    const [actual] = await tester.run({
      spec: matVecKernel(shape.type, options),
      workgroups: matVecWorkgroups(options.variant, rowCount, 1),
      buffers: [shapeWords(shape), matrix, x, UNUSED, new Float32Array(rowCount + 3).fill(7)],
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
      const { random, matrix, x, values } = setUp(type, rowCount, columnCount, 3);
      const gain = random.floats(columnCount);
      const exact = Float32Array.from(rmsNormReference(x, gain, 1e-5)).subarray(columnCount);
      const normed = options.variant === 'i8' ? roundToI8(exact) : exact;
      const tokens = { rowCount, columnCount, tokenCount: 2, weights: values };
      const product = matVecReference({ ...tokens, x: normed });
      const shape = { type, rowCount, columnCount, outOffset: 5, outStride: 50, accumulates: true };
      const [actual] = await tester.run({
        spec: matVecKernel(shape.type, { ...options, normEpsilon: 1e-5 }),
        workgroups: matVecWorkgroups(options.variant, rowCount, 2),
        params: { tokenCount: 2, firstRow: 1 },
        buffers: [shapeWords(shape), matrix, x, gain, new Float32Array(100).fill(1)],
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
    const { random, matrix, x, values } = setUp(type, rowCount, columnCount, 12);
    const gain = random.floats(columnCount);
    const normed = Float32Array.from(rmsNormReference(x, gain, 1e-5));
    const tokens = { rowCount, columnCount, tokenCount: 11, weights: values };
    const product = matVecReference({ ...tokens, x: normed.subarray(columnCount) });
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
        buffers: [
          shapeWords(shape),
          matrix,
          ...(options.variant === 'quad'
            ? rowsOf(options, normed.subarray(columnCount), 11)
            : [x, gain]),
          new Float32Array(11 * 50).fill(1),
        ],
      });
      expect(relativeError(actual as Float32Array, expected)).toBeLessThan(TOLERANCE);
    }
  },
);

test('rows that are not finite spoil no other row of the same quad', async ({ skip }) => {
  skip(!tester.features.hasSubgroups, 'this adapter has no subgroups');
  const { matrix, x, expected, shape } = setUp('Q4_0', 33, 64, 5);
  const spoiled = x.slice().fill(Number.NaN, 64, 128).fill(Number.POSITIVE_INFINITY, 128, 192);
  const options = { variant: 'quad', tiling: narrow } as const;
  const [actual = new Float32Array()] = await tester.run({
    spec: matVecRowsKernel('Q4_0', options),
    workgroups: matVecRowsWorkgroups('quad', 33, 4),
    // The fifth row lies in the texture, but was not asked for.
    params: { tokenCount: 4 },
    buffers: [
      shapeWords(shape),
      matrix,
      ...rowsOf(options, spoiled, 5),
      new Float32Array(5 * 33).fill(7),
    ],
  });
  for (const row of [0, 3]) {
    const [start, end] = [row * 33, (row + 1) * 33];
    const error = relativeError(actual.subarray(start, end), expected.subarray(start, end));
    expect(error).toBeLessThan(TOLERANCE);
  }
  expect(actual.subarray(33, 99).some((value) => Number.isFinite(value))).toBe(false);
  expect(actual.subarray(4 * 33).every((value) => value === 7)).toBe(true);
});

test.for([
  ['F32', 1024],
  ['F32', 1060],
  ['F16', 2100],
  ['Q8_0', 4096],
  ['Q4_0', 8192],
  ['Q4_K', 8192],
  ['Q6_K', 8192],
] as const)(
  'quads read %s rows of %i columns, which fill the width of a texture or take several lines',
  async ([type, size], { skip }) => {
    skip(!tester.features.hasSubgroups, 'this adapter has no subgroups');
    const isFull = textureSize(type, size, 1)[0] === TEXTURE_SIDE_MAX;
    expect(isFull || groupLines(type, size) > 1).toBe(true);
    const { matrix, x, expected, shape } = setUp(type, 70, size, 2);
    const options = { variant: 'quad', tiling: narrow } as const;
    const out = new Float32Array(2 * 70);
    for (const { spec, workgroups, inputs } of [
      {
        spec: matVecKernel(type, options),
        workgroups: matVecWorkgroups('quad', 70, 2),
        inputs: [x, UNUSED],
      },
      {
        spec: matVecRowsKernel(type, options),
        workgroups: matVecRowsWorkgroups('quad', 70, 2),
        inputs: rowsOf(options, x, 2),
      },
    ]) {
      const buffers = [shapeWords(shape), matrix, ...inputs, out];
      const [actual] = await tester.run({ spec, workgroups, params: { tokenCount: 2 }, buffers });
      expect(relativeError(actual as Float32Array, expected)).toBeLessThan(2 * TOLERANCE);
    }
  },
);
