import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createKernelTester,
  type KernelTester,
  ODD_SIZES,
  relativeError,
} from '../../kernel-testing.ts';
import { rmsNormReference } from './rms-norm.reference.ts';
import { rmsNormKernel, rmsNormWorkgroups } from './rms-norm.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

/** A few roundings and inverseSqrt, which WGSL grants 2 ulp. */
const TOLERANCE = 1e-6;

test.each(ODD_SIZES)('normalises rows of %i columns from the wanted row on', async (size) => {
  const random = createRandom(size);
  const x = random.floats(4 * size);
  const gain = random.floats(size);
  const [actual] = await tester.run({
    spec: rmsNormKernel(size, 1e-5),
    workgroups: rmsNormWorkgroups(3),
    params: { tokenCount: 3, firstRow: 1 },
    buffers: [x, gain, new Float32Array(4 * size).fill(7)],
  });
  const expected = rmsNormReference(x.subarray(size), gain, 1e-5);
  expect((actual as Float32Array)[size - 1]).toBe(7);
  const written = (actual as Float32Array).subarray(size);
  expect(relativeError(written, expected)).toBeLessThan(TOLERANCE);
});
