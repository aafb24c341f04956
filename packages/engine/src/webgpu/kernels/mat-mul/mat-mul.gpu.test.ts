import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import {
  createKernelTester,
  type KernelTester,
  ODD_SIZES,
  relativeError,
} from '../../kernel-testing.ts';
import { DEVICE_TYPES, fittingColumns, randomWeights } from '../../weights/random-weights.ts';
import { shapeWords } from '../product-shape.ts';
import { type ManyRowsVariant, supportsManyRows } from '../product-variant.ts';
import { matMulReference } from './mat-mul.reference.ts';
import { matMulKernel, matMulWorkgroups } from './mat-mul.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

/** f32 sums of up to 768 products, relative to the largest result. */
const TOLERANCE = 2e-6;
/** Products rounded to f16. */
const F16_TOLERANCE = 2e-3;

async function multiply(
  variant: ManyRowsVariant,
  type: (typeof DEVICE_TYPES)[number],
  rowCount: number,
  size: number,
  tokenCount: number,
): Promise<number> {
  const random = createRandom(rowCount * 1000 + size + tokenCount);
  const columnCount = fittingColumns(type, size);
  const { values, words } = randomWeights(random, type, rowCount, columnCount);
  const x = random.floats(tokenCount * columnCount);
  const residual = random.floats(tokenCount * rowCount);
  const shape = {
    type,
    rowCount,
    columnCount,
    outOffset: 0,
    outStride: rowCount,
    accumulates: true,
  } as const;
  const [actual] = await tester.run({
    spec: matMulKernel(shape.type, variant),
    workgroups: matMulWorkgroups(variant, rowCount, tokenCount),
    params: { tokenCount },
    buffers: [shapeWords(shape), words, x, residual],
  });
  const input = { rowCount, columnCount, tokenCount, weights: values, x };
  return relativeError(actual as Float32Array, matMulReference(input, residual));
}

const skipUnsupported = (
  skip: TestContext['skip'],
  variant: ManyRowsVariant,
  type: (typeof DEVICE_TYPES)[number],
) =>
  skip(
    !supportsManyRows(variant, type, tester.features),
    `${variant} does not take ${type}, or this adapter lacks its features`,
  );

describe.each(['tiled', 'wide', 'f16'] as const)('%s', (variant) => {
  const tolerance = variant === 'f16' ? F16_TOLERANCE : TOLERANCE;

  describe.each(DEVICE_TYPES)('%s', (type) => {
    test.for(ODD_SIZES)('multiplies about %i columns', async (size, { skip }) => {
      skipUnsupported(skip, variant, type);
      expect(await multiply(variant, type, 37, size, 33)).toBeLessThan(tolerance);
    });
  });

  test.for(ODD_SIZES)('computes %i rows', async (rowCount, { skip }) => {
    skipUnsupported(skip, variant, 'Q8_0');
    expect(await multiply(variant, 'Q8_0', rowCount, 96, 5)).toBeLessThan(tolerance);
  });

  test.for([1, 31, 32, 33, 63, 64, 65])('multiplies %i tokens', async (tokenCount, { skip }) => {
    skipUnsupported(skip, variant, 'Q4_0');
    expect(await multiply(variant, 'Q4_0', 40, 64, tokenCount)).toBeLessThan(tolerance);
  });

  test('overwrites where nothing accumulates, from the wanted row, into its place', async ({
    skip,
  }) => {
    skipUnsupported(skip, variant, 'F32');
    const random = createRandom(4);
    const { values, words } = randomWeights(random, 'F32', 3, 32);
    const x = random.floats(3 * 32);
    const shape = {
      type: 'F32',
      rowCount: 3,
      columnCount: 32,
      outOffset: 2,
      outStride: 6,
      accumulates: false,
    } as const;
    const [actual] = await tester.run({
      spec: matMulKernel(shape.type, variant),
      workgroups: matMulWorkgroups(variant, 3, 2),
      params: { tokenCount: 2, firstRow: 1 },
      buffers: [shapeWords(shape), words, x, new Float32Array(12).fill(7)],
    });
    const input = {
      rowCount: 3,
      columnCount: 32,
      tokenCount: 2,
      weights: values,
      x: x.subarray(32),
    };
    const product = matMulReference(input, new Float32Array(6));
    const expected = [7, 7, ...product.slice(0, 3), 7, 7, 7, ...product.slice(3), 7];
    expect(relativeError(actual as Float32Array, expected)).toBeLessThan(TOLERANCE);
  });
});
