import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKernelTester, type KernelTester, relativeError } from '../../kernel-testing.ts';
import { headReference } from './qkv-append.reference.ts';
import { type QkvAppendShape, qkvAppendKernel, qkvAppendWorkgroups } from './qkv-append.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

const TOLERANCE = 2e-6;
const [TOKENS, POSITION, POSITIONS] = [3, 5, 11];

async function run(shape: QkvAppendShape) {
  const { headCount, kvHeadCount, headDim, ropeDim, qkvStride, normEpsilon } = shape;
  const random = createRandom(headDim * 100 + ropeDim);
  const qkv = random.floats(TOKENS * qkvStride);
  const bias = random.floats(qkvStride);
  const gains = random.floats(2 * headDim);
  const angles = Float64Array.from({ length: (TOKENS * ropeDim) / 2 }, () => random.next() * 6);
  const rotations = Float32Array.from([...angles].flatMap((a) => [Math.cos(a), Math.sin(a)]));
  const kvSize = POSITIONS * kvHeadCount * headDim;
  const [queries, keys, values] = await tester.run({
    spec: qkvAppendKernel(shape),
    workgroups: qkvAppendWorkgroups(shape, TOKENS),
    params: { tokenCount: TOKENS, position: POSITION, kvStride: POSITIONS },
    buffers: [
      qkv,
      bias,
      gains,
      rotations,
      new Float32Array(TOKENS * headCount * headDim),
      new Float32Array(kvSize).fill(7),
      new Float32Array(kvSize).fill(7),
    ],
  });

  const expected = {
    queries: new Float64Array(TOKENS * headCount * headDim),
    keys: new Float64Array(kvSize).fill(7),
    values: new Float64Array(kvSize).fill(7),
  };
  const head = (token: number, offset: number, gainAt?: number) =>
    headReference({
      x: qkv.subarray(token * qkvStride + offset).subarray(0, headDim),
      ...(shape.hasBias && { bias: bias.subarray(offset, offset + headDim) }),
      ...(normEpsilon !== undefined &&
        gainAt !== undefined && { gain: gains.subarray(gainAt, gainAt + headDim) }),
      epsilon: normEpsilon ?? 0,
      angles:
        gainAt === undefined
          ? new Float64Array(0)
          : angles.subarray((token * ropeDim) / 2, ((token + 1) * ropeDim) / 2),
      ropeStyle: shape.ropeStyle,
    });
  for (let token = 0; token < TOKENS; token += 1) {
    for (let h = 0; h < headCount; h += 1) {
      expected.queries.set(head(token, h * headDim, 0), (token * headCount + h) * headDim);
    }
    for (let h = 0; h < kvHeadCount; h += 1) {
      const position = POSITION + token;
      head(token, shape.keyOffset + h * headDim, headDim).forEach((value, d) => {
        expected.keys[(h * headDim + d) * POSITIONS + position] = value;
      });
      const value = head(token, shape.valueOffset + h * headDim);
      expected.values.set(value, (position * kvHeadCount + h) * headDim);
    }
  }
  expect(relativeError(queries as Float32Array, expected.queries)).toBeLessThan(TOLERANCE);
  expect(relativeError(keys as Float32Array, expected.keys)).toBeLessThan(TOLERANCE);
  expect(relativeError(values as Float32Array, expected.values)).toBeLessThan(TOLERANCE);
}

const base = { headCount: 4, kvHeadCount: 2, hasBias: false } as const;
const offsets = (headDim: number) => ({
  keyOffset: 4 * headDim + 3,
  valueOffset: 6 * headDim + 5,
  qkvStride: 8 * headDim + 6,
});

describe.each(['interleaved', 'half'] as const)('%s rope', (ropeStyle) => {
  test.each([2, 8, 64, 128])('rotates whole heads of %i', async (headDim) => {
    await run({ ...base, ...offsets(headDim), headDim, ropeDim: headDim, ropeStyle });
  });

  test.each([
    [64, 32],
    [65, 16],
    [131, 2],
  ])('of heads of %i rotates the first %i', async (headDim, ropeDim) => {
    await run({ ...base, ...offsets(headDim), headDim, ropeDim, ropeStyle });
  });

  test('adds biases first', async () => {
    const shape = { ...base, ...offsets(16), headDim: 16, ropeDim: 16, ropeStyle };
    await run({ ...shape, hasBias: true });
  });

  test.each([16, 65])('normalises heads of %i before it rotates them', async (headDim) => {
    const shape = { ...base, ...offsets(headDim), headDim, ropeDim: 16, ropeStyle };
    await run({ ...shape, normEpsilon: 1e-6 });
  });
});
