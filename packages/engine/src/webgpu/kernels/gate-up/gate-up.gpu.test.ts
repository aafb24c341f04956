import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createKernelTester,
  type KernelTester,
  ODD_SIZES,
  relativeError,
} from '../../kernel-testing.ts';
import { DEVICE_TYPES, fittingColumns, randomWeights } from '../../weights/random-weights.ts';
import { chooseTiling, shapeWords } from '../product-shape.ts';
import { gateUpReference } from './gate-up.reference.ts';
import { gateUpKernel, gateUpWorkgroups } from './gate-up.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

/** Two f32 sums and an exponential, relative to the largest result. */
const TOLERANCE = 5e-6;

const VARIANTS = [
  { variant: 'staged', tiling: chooseTiling(true) },
  { variant: 'staged', tiling: chooseTiling(false) },
  { variant: 'quad', tiling: chooseTiling(true) },
] as const;

async function run(
  type: (typeof DEVICE_TYPES)[number],
  rowCount: number,
  size: number,
): Promise<number> {
  const random = createRandom(rowCount * 1000 + size);
  const columnCount = fittingColumns(type, size);
  const gate = randomWeights(random, type, rowCount, columnCount);
  const up = randomWeights(random, type, rowCount, columnCount);
  const words = new Uint32Array([...gate.words, ...up.words]);
  const x = random.floats(2 * columnCount);
  const gain = random.floats(columnCount, 0.3);
  const part = { type, rowCount, columnCount, outOffset: 0 };
  const shape = shapeWords({ ...part, outStride: rowCount, accumulates: false });
  let worst = 0;
  for (const options of VARIANTS) {
    const [actual] = await tester.run({
      spec: gateUpKernel(type, { ...options, normEpsilon: 1e-5 }),
      workgroups: gateUpWorkgroups(rowCount, 2),
      params: { tokenCount: 2 },
      buffers: [shape, words, x, gain, new Float32Array(2 * rowCount)],
    });
    const expected = gateUpReference({
      tokenCount: 2,
      columnCount,
      rowCount,
      gate: gate.values,
      up: up.values,
      x,
      gain,
      epsilon: 1e-5,
    });
    worst = Math.max(worst, relativeError(actual as Float32Array, expected));
  }
  return worst;
}

describe.each(DEVICE_TYPES)('%s', (type) => {
  test.each(ODD_SIZES)('multiplies about %i columns', async (size) => {
    expect(await run(type, 45, size)).toBeLessThan(TOLERANCE);
  });
});

test.each(ODD_SIZES)('computes %i rows', async (rowCount) => {
  expect(await run('Q4_0', rowCount, 64)).toBeLessThan(TOLERANCE);
});
