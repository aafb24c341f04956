import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createKernelTester,
  type KernelTester,
  ODD_SIZES,
  relativeError,
} from '../../kernel-testing.ts';
import { packInputsReference } from './pack-inputs.reference.ts';
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
    for (const epsilon of [undefined, 1e-5]) {
      const lines = await pack(x, gain, epsilon);
      const expected = packInputsReference(x.subarray(size), gain, epsilon);
      for (const row of [0, 1]) {
        const [line = [], wanted = new Float64Array()] = [lines[row], expected[row]];
        expect(line.length).toBe(wanted.length);
        expect(relativeError(line, wanted)).toBeLessThan(TOLERANCE);
        expect([...line].slice(size).every((value) => value === 0)).toBe(true);
      }
    }
  },
);
