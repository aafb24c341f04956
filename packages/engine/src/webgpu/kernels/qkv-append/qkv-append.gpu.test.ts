import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Segment } from '../../../backend.ts';
import { PAGE_POSITIONS } from '../../../stage.ts';
import { createKernelTester, type KernelTester, relativeError } from '../../kernel-testing.ts';
import { createChunkRows } from '../../kv/chunk-rows.ts';
import { type KvType, quadCount } from '../../kv/kv-type.ts';
import { createPagedCache } from '../../kv/paged-cache-testing.ts';
import type { RowsVariant } from '../product-variant.ts';
import { headReference } from './qkv-append.reference.ts';
import { type QkvAppendShape, qkvAppendKernel, qkvAppendWorkgroups } from './qkv-append.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

/** Relative to the largest number; a cache of fewer bits rounds at its own step. */
const TOLERANCE: Readonly<Record<KvType, number>> = { f32: 2e-6, f16: 5e-4, q8: 4.5e-3 };
const PAGE_COUNT = 5;

/** Two sessions, the second over a page's end. */
const SEGMENTS: readonly Segment[] = [
  { position: 5, tokenCount: 1, pages: [2], headRows: 0, input: new Uint32Array(1) },
  { position: 31, tokenCount: 2, pages: [4, 1], headRows: 0, input: new Uint32Array(2) },
];
const ROWS = SEGMENTS.flatMap(({ position, tokenCount, pages }) =>
  Array.from({ length: tokenCount }, (_, i) => ({
    page: pages[Math.floor((position + i) / PAGE_POSITIONS)] as number,
    slot: (position + i) % PAGE_POSITIONS,
  })),
);

/** With each variant that runs here. */
async function run(shape: QkvAppendShape, kvType: KvType = 'f32') {
  await runVariant(shape, kvType, 'staged');
  if (tester.features.hasSubgroups) await runVariant(shape, kvType, 'quad');
}

async function runVariant(shape: QkvAppendShape, kvType: KvType, variant: RowsVariant) {
  const { headCount, kvHeadCount, headDim, ropeDim, qkvStride } = shape;
  const random = createRandom(headDim * 100 + ropeDim);
  const qkv = random.floats(ROWS.length * qkvStride);
  const bias = random.floats(qkvStride);
  const gains = random.floats(2 * headDim);
  const angles = Float64Array.from(
    { length: (ROWS.length * ropeDim) / 2 },
    () => random.next() * 6,
  );
  const rotations = Float32Array.from([...angles].flatMap((a) => [Math.cos(a), Math.sin(a)]));
  const quads = quadCount(headDim);
  const cache = createPagedCache(kvType, shape, PAGE_COUNT);
  const [queries, keys, values] = await tester.run({
    spec: qkvAppendKernel(shape, kvType, variant),
    workgroups: qkvAppendWorkgroups(shape, ROWS.length),
    params: { tokenCount: ROWS.length },
    buffers: [
      createChunkRows(64).write(SEGMENTS).words.slice(),
      qkv,
      bias,
      gains,
      rotations,
      new Float32Array(ROWS.length * headCount * quads * 4),
      cache.keys,
      cache.values,
    ],
  });
  const written = {
    keys: new Uint32Array((keys as Float32Array<ArrayBuffer>).buffer),
    values: new Uint32Array((values as Float32Array<ArrayBuffer>).buffer),
  };
  const untouched = cache.keys.length;
  cache.keys.set(written.keys);
  cache.values.set(written.values);

  const reference = (row: number, offset: number, gainAt?: number) =>
    headReference({
      x: qkv.subarray(row * qkvStride + offset).subarray(0, headDim),
      ...(shape.hasBias && { bias: bias.subarray(offset, offset + headDim) }),
      ...(shape.normEpsilon !== undefined &&
        gainAt !== undefined && { gain: gains.subarray(gainAt, gainAt + headDim) }),
      epsilon: shape.normEpsilon ?? 0,
      angles:
        gainAt === undefined
          ? new Float64Array(0)
          : angles.subarray((row * ropeDim) / 2, ((row + 1) * ropeDim) / 2),
      ropeStyle: shape.ropeStyle,
    });
  const error = { queries: 0, keys: 0, values: 0 };
  const compare = (what: keyof typeof error, actual: ArrayLike<number>, expected: Float64Array) => {
    error[what] = Math.max(error[what], relativeError(actual, expected));
  };
  for (const [row, { page, slot }] of ROWS.entries()) {
    for (let head = 0; head < headCount; head += 1) {
      const at = (row * headCount + head) * quads * 4;
      const actual = (queries as Float32Array).subarray(at, at + headDim);
      compare('queries', actual, inPairs(reference(row, head * headDim, 0), shape));
    }
    for (let kvHead = 0; kvHead < kvHeadCount; kvHead += 1) {
      const place = { page, kvHead, slot };
      const key = reference(row, shape.keyOffset + kvHead * headDim, headDim);
      compare('keys', cache.get('keys', place), inPairs(key, shape));
      const value = reference(row, shape.valueOffset + kvHead * headDim);
      compare('values', cache.get('values', place), value);
    }
  }
  expect(error.queries).toBeLessThan(TOLERANCE.f32);
  expect(error.keys).toBeLessThan(TOLERANCE[kvType]);
  expect(error.values).toBeLessThan(TOLERANCE[kvType]);
  // Three rows were written and nothing beside them.
  const changed = [...written.keys].filter((word) => word !== 0xffffffff).length;
  expect(changed).toBeLessThanOrEqual((3 * untouched) / (PAGE_COUNT * PAGE_POSITIONS));
}

/** Elements as the kernel keeps queries and keys: each rotated pair side by side. */
function inPairs(head: Float64Array, { ropeDim, ropeStyle }: QkvAppendShape): Float64Array {
  if (ropeStyle === 'interleaved') return head;
  const half = ropeDim / 2;
  return head.map((value, d) => {
    if (d >= ropeDim) return value;
    return head[(d >> 1) + (d % 2) * half] as number;
  });
}

const base = { headCount: 4, kvHeadCount: 2, hasBias: false } as const;
const offsets = (headDim: number) => ({
  keyOffset: 4 * headDim + 3,
  valueOffset: 6 * headDim + 5,
  qkvStride: 8 * headDim + 6,
});

describe.each(['interleaved', 'half'] as const)('%s rope', (ropeStyle) => {
  test.each([2, 8, 64, 128, 256])('rotates whole heads of %i', async (headDim) => {
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

  test.each(['f16', 'q8'] as const)('a cache in %s', async (kvType) => {
    for (const headDim of [16, 65]) {
      const shape = { ...base, ...offsets(headDim), headDim, ropeDim: 16, ropeStyle };
      await run(shape, kvType);
    }
  });
});
