import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createKernelTester,
  type KernelTester,
  ODD_SIZES,
  relativeError,
} from '../../kernel-testing.ts';
import { swigluReference } from './swiglu.reference.ts';
import { swigluKernel, swigluWorkgroups } from './swiglu.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

/** One exponential and one division. */
const TOLERANCE = 2e-6;

test.each(ODD_SIZES)('gates rows of %i', async (rowCount) => {
  const tokenCount = 3;
  const [upOffset, inStride] = [rowCount + 2, 2 * rowCount + 5];
  const input = createRandom(rowCount).floats(tokenCount * inStride, 4);
  const [actual] = await tester.run({
    spec: swigluKernel({ rowCount, upOffset, inStride }),
    workgroups: swigluWorkgroups(rowCount, tokenCount),
    params: { tokenCount },
    buffers: [input, new Float32Array(tokenCount * rowCount)],
  });
  const expected = [0, 1, 2].flatMap((token) => {
    const gate = input.subarray(token * inStride, token * inStride + rowCount);
    const up = input.subarray(token * inStride + upOffset).subarray(0, rowCount);
    return [...swigluReference(gate, up)];
  });
  expect(relativeError(actual as Float32Array, expected)).toBeLessThan(TOLERANCE);
});

test('very negative and very positive gates stay finite', async () => {
  const input = Float32Array.of(-200, 200, 3, 3);
  const [actual] = await tester.run({
    spec: swigluKernel({ rowCount: 2, upOffset: 2, inStride: 4 }),
    workgroups: swigluWorkgroups(2, 1),
    buffers: [input, new Float32Array(4)],
  });
  expect([...(actual as Float32Array)].slice(0, 2).map((value) => value + 0)).toEqual([0, 600]);
});
