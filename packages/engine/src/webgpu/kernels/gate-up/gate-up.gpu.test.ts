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
import { roundToI8 } from '../mat-vec/mat-vec.reference.ts';
import { chooseTiling, shapeWords } from '../product-shape.ts';
import { type OneRowVariant, supportsOneRow } from '../product-variant.ts';
import { rmsNormReference } from '../rms-norm/rms-norm.reference.ts';
import { gateUpReference } from './gate-up.reference.ts';
import {
  gateUpKernel,
  gateUpRowsKernel,
  gateUpRowsWorkgroups,
  gateUpWorkgroups,
} from './gate-up.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

/** Two f32 sums and an exponential, relative to the largest result. */
const TOLERANCE = 5e-6;
const F16_TOLERANCE = 5e-3;

const VARIANTS = ['staged', 'subgroups', 'i8', 'f16', 'quad'] as const;

/** Random weights and rows, and what must come out. */
function setUp(type: DeviceType, rowCount: number, size: number, tokenCount: number, isI8 = false) {
  const random = createRandom(rowCount * 1000 + size);
  const columnCount = fittingColumns(type, size);
  const gate = randomWeights(random, type, rowCount, columnCount);
  const up = randomWeights(random, type, rowCount, columnCount);
  const words = new Uint32Array([...gate.words, ...up.words]);
  const x = random.floats(tokenCount * columnCount);
  const gain = random.floats(columnCount, 0.3);
  const part = { type, rowCount, columnCount, outOffset: 0 };
  const shape = shapeWords({ ...part, outStride: rowCount, accumulates: false });
  const matrices = { rowCount, columnCount, gate: gate.values, up: up.values };
  const exact = { ...matrices, tokenCount, x, gain, epsilon: 1e-5 };
  const expected = gateUpReference(isI8 ? { ...exact, round: roundToI8 } : exact);
  const weights = { type, columnCount, words };
  const out = new Float32Array(tokenCount * rowCount);
  const values = Float32Array.from(rmsNormReference(x, gain, 1e-5));
  const packed: PackedRows = { columnCount, rowCount: tokenCount, values };
  return {
    expected,
    buffers: [shape, weights, x, gain, out],
    packedBuffers: [shape, weights, packed, out],
  };
}

async function run(
  variant: OneRowVariant,
  type: DeviceType,
  rowCount: number,
  size: number,
): Promise<number> {
  const { expected, buffers } = setUp(type, rowCount, size, 2, variant === 'i8');
  let worst = 0;
  for (const isFallback of [true, false]) {
    const tiling = chooseTiling(isFallback);
    const [actual] = await tester.run({
      spec: gateUpKernel(type, { variant, tiling, normEpsilon: 1e-5 }),
      workgroups: gateUpWorkgroups(rowCount, 2),
      params: { tokenCount: 2 },
      buffers,
    });
    worst = Math.max(worst, relativeError(actual as Float32Array, expected));
  }
  return worst;
}

describe.each(VARIANTS)('%s', (variant) => {
  const tolerance = variant === 'f16' ? F16_TOLERANCE : TOLERANCE;
  const skipUnsupported = (skip: TestContext['skip'], type: DeviceType) =>
    skip(
      !supportsOneRow(variant, type, tester.features),
      `${variant} does not take ${type}, or this adapter lacks its features`,
    );

  describe.each(DEVICE_TYPES)('%s', (type) => {
    test.for(ODD_SIZES)('multiplies about %i columns', async (size, { skip }) => {
      skipUnsupported(skip, type);
      expect(await run(variant, type, 45, size)).toBeLessThan(tolerance);
    });
  });

  test.for(ODD_SIZES)('computes %i rows', async (rowCount, { skip }) => {
    skipUnsupported(skip, 'Q4_0');
    expect(await run(variant, 'Q4_0', rowCount, 64)).toBeLessThan(tolerance);
  });
});

describe.each([
  ['staged', true],
  ['staged', false],
  ['quad', true],
] as const)('rows, %s (software: %s)', (variant, isFallback) => {
  const runRows = async (type: DeviceType, rowCount: number, size: number): Promise<number> => {
    const { expected, buffers, packedBuffers } = setUp(type, rowCount, size, 11);
    const tiling = chooseTiling(isFallback);
    const [actual] = await tester.run({
      spec: gateUpRowsKernel(type, { variant, tiling, normEpsilon: 1e-5 }),
      workgroups: gateUpRowsWorkgroups(variant, rowCount, 11),
      params: { tokenCount: 11 },
      buffers: variant === 'quad' ? packedBuffers : buffers,
    });
    return relativeError(actual as Float32Array, expected);
  };

  test.for(DEVICE_TYPES)('multiplies %s for 11 tokens', async (type, { skip }) => {
    skip(variant === 'quad' && !tester.features.hasSubgroups, 'this adapter has no subgroups');
    for (const size of ODD_SIZES) {
      expect(await runRows(type, 45, size)).toBeLessThan(TOLERANCE);
    }
  });
});
