import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKernelTester, type KernelTester, relativeError } from '../../kernel-testing.ts';
import { attentionReference } from './attention.reference.ts';
import { attentionKernel, attentionWorkgroups } from './attention.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

/** f32 sums over all positions, relative to the largest result. */
const TOLERANCE = 5e-6;

interface Shape {
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headDim: number;
}

async function run(shape: Shape, position: number, tokenCount: number, spread = 1) {
  const { headCount, kvHeadCount, headDim } = shape;
  const random = createRandom(headDim * 1000 + position);
  const length = position + tokenCount;
  // Rows beyond the sequence hold NaN: reading one would show.
  const kvStride = length + 3;
  const queries = random.floats(tokenCount * headCount * headDim, spread);
  const keys = random.floats(length * kvHeadCount * headDim);
  const values = random.floats(length * kvHeadCount * headDim);
  const keyCache = new Float32Array(kvStride * kvHeadCount * headDim).fill(Number.NaN);
  const valueCache = new Float32Array(keyCache.length).fill(Number.NaN);
  valueCache.set(values);
  keys.forEach((key, i) => {
    const column = i % (kvHeadCount * headDim);
    keyCache[column * kvStride + Math.floor(i / (kvHeadCount * headDim))] = key;
  });
  const [actual] = await tester.run({
    spec: attentionKernel(shape),
    workgroups: attentionWorkgroups(headCount, tokenCount),
    params: { tokenCount, position, kvStride },
    buffers: [queries, keyCache, valueCache, new Float32Array(queries.length)],
  });
  const expected = attentionReference({ ...shape, position, tokenCount, queries, keys, values });
  expect(relativeError(actual as Float32Array, expected)).toBeLessThan(TOLERANCE);
}

describe('decode', () => {
  test.each([1, 63, 64, 65, 131, 576])('over %i positions', async (length) => {
    await run({ headCount: 4, kvHeadCount: 2, headDim: 16 }, length - 1, 1);
  });
});

describe('prefill is causal', () => {
  test.each([1, 63, 64, 65])('with %i tokens', async (tokenCount) => {
    await run({ headCount: 2, kvHeadCount: 1, headDim: 8 }, 0, tokenCount);
    await run({ headCount: 2, kvHeadCount: 1, headDim: 8 }, 61, tokenCount);
  });
});

test.each([1, 2, 63, 64, 65, 131, 576])('heads of %i', async (headDim) => {
  await run({ headCount: 3, kvHeadCount: 1, headDim }, 70, 2);
});

test('as many key and value heads as query heads', async () => {
  await run({ headCount: 5, kvHeadCount: 5, headDim: 12 }, 20, 3);
});

test('scores of hundreds do not overflow', async () => {
  await run({ headCount: 2, kvHeadCount: 2, headDim: 64 }, 140, 2, 100);
});
