import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createKernelTester,
  type KernelTester,
  ODD_SIZES,
  relativeError,
} from '../../kernel-testing.ts';
import { rmsNormReference } from '../rms-norm/rms-norm.reference.ts';
import { packedSize, packInputsKernel, packInputsWorkgroups } from './pack-inputs.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

/** A few roundings and inverseSqrt, which WGSL grants 2 ulp. */
const TOLERANCE = 1e-6;

/** Packs two of three rows, from the second on; lines come back as long as a copy has to be. */
async function pack(
  x: Float32Array<ArrayBuffer>,
  gain: Float32Array<ArrayBuffer>,
  epsilon?: number,
) {
  const columnCount = gain.length;
  const [lines] = await tester.run({
    spec: packInputsKernel(columnCount, epsilon),
    workgroups: packInputsWorkgroups(2),
    params: { tokenCount: 2, firstRow: 1 },
    buffers: [x, gain, { columnCount, rowCount: 2 }],
  });
  const length = (lines?.length ?? 0) / 2;
  const width = packedSize(columnCount, 2)[0] * 4;
  return [0, 1].map((row) => lines?.subarray(row * length, row * length + width) ?? []);
}

test.for(ODD_SIZES)(
  'rows of %i columns lie in lines, and 0 behind them',
  async (size, { skip }) => {
    skip(!tester.features.hasSubgroups, 'this adapter has no subgroups');
    const random = createRandom(size);
    const x = random.floats(3 * size);
    const gain = random.floats(size);
    const normed = Float32Array.from(rmsNormReference(x, gain, 1e-5));
    const [plain, scaled] = [await pack(x, gain), await pack(x, gain, 1e-5)];
    for (const row of [0, 1]) {
      const [start, end] = [(row + 1) * size, (row + 2) * size];
      expect(plain[row]?.length).toBe(Math.ceil(size / 32) * 32);
      expect([...(plain[row] ?? [])].slice(0, size)).toEqual([...x.subarray(start, end)]);
      const line = [...(scaled[row] ?? [])];
      expect(relativeError(line.slice(0, size), normed.subarray(start, end))).toBeLessThan(
        TOLERANCE,
      );
      for (const lines of [plain, scaled]) {
        expect([...(lines[row] ?? [])].slice(size).every((value) => value === 0)).toBe(true);
      }
    }
  },
);
