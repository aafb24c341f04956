import type { DeviceType } from '@manyhands/model/quant/device-type';
import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createKernelTester,
  type KernelTester,
  ODD_SIZES,
  relativeError,
} from '../../kernel-testing.ts';
import { DEVICE_TYPES, fittingColumns, randomWeights } from '../../weights/random-weights.ts';
import { shapeWords } from '../product-shape.ts';
import { embeddingReference } from './embedding.reference.ts';
import { embeddingKernel, embeddingWorkgroups } from './embedding.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

const shape = (type: DeviceType, rowCount: number, columnCount: number, outOffset: number) =>
  shapeWords({ type, rowCount, columnCount, outOffset, outStride: rowCount, accumulates: false });

/** Products of scales and quants are exact; Q4_K subtracts a minimum, which rounds once. */
const TOLERANCE = 2 ** -23;

const CASES = DEVICE_TYPES.flatMap((type) => [
  ['buffer', type, false] as const,
  ['texture', type, true] as const,
]);

describe.each(CASES)('in a %s, %s', (_, type, inTexture) => {
  test.each([...ODD_SIZES, 2400])('looks up rows of about %i columns', async (size) => {
    const columnCount = fittingColumns(type, size);
    const rowCount = 67;
    const { values, words } = randomWeights(createRandom(size), type, rowCount, columnCount);
    const tokenIds = Uint32Array.of(66, 0, 31, 32, 33, 66);
    const [actual] = await tester.run({
      spec: embeddingKernel(type, inTexture),
      workgroups: embeddingWorkgroups(columnCount, tokenIds.length),
      params: { tokenCount: tokenIds.length },
      buffers: [
        shape(type, rowCount, columnCount, 0),
        { type, columnCount, words },
        tokenIds,
        new Float32Array(tokenIds.length * columnCount),
      ],
    });
    const expected = embeddingReference(values, columnCount, tokenIds);
    expect(relativeError(actual as Float32Array, expected)).toBeLessThanOrEqual(TOLERANCE);
  });
});

test('writes only the tokens whose rows are in this part of the matrix', async () => {
  const { values, words } = randomWeights(createRandom(9), 'F32', 32, 32);
  const [actual] = await tester.run({
    spec: embeddingKernel('F32', false),
    workgroups: embeddingWorkgroups(32, 3),
    params: { tokenCount: 3 },
    buffers: [
      shape('F32', 32, 32, 64),
      words,
      Uint32Array.of(63, 65, 96),
      new Float32Array(3 * 32).fill(7),
    ],
  });
  const rows = [0, 1, 2].map((row) => (actual as Float32Array).slice(row * 32, row * 32 + 32));
  expect(rows).toEqual([
    new Float32Array(32).fill(7),
    values.slice(32, 64),
    new Float32Array(32).fill(7),
  ]);
});
