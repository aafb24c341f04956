import { createRandom, type Random } from '@manyhands/testkit/random';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Segment } from '../../../backend.ts';
import { PAGE_POSITIONS } from '../../../stage.ts';
import { createKernelTester, type KernelTester, relativeError } from '../../kernel-testing.ts';
import { createChunkRows } from '../../kv/chunk-rows.ts';
import { type KvType, quadCount } from '../../kv/kv-type.ts';
import { createPagedCache, type PagedCache } from '../../kv/paged-cache-testing.ts';
import type { RowsVariant } from '../product-variant.ts';
import { attentionReference } from './attention.reference.ts';
import {
  type AttentionShape,
  attentionKernel,
  attentionMergeKernel,
  attentionMergeWorkgroups,
  attentionSplitKernel,
  attentionWorkgroups,
} from './attention.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

/**
 * f32 sums over all positions, relative to the largest result. A score's own rounding is its weight's
 * relative error, so large scores allow less.
 */
const toleranceFor = (spread: number): number => Math.max(5e-6, spread * 2e-7);

/** Rows `[position, position + tokenCount)` of one session. */
type Part = readonly [position: number, tokenCount: number];

interface Run {
  readonly kvType?: KvType;
  /** The queries' size. */
  readonly spread?: number;
  readonly splitPositions?: number;
  /** Where keys hold NaN: what a key that does not fit into f16 becomes. */
  readonly spoiltPosition?: number;
}

interface Chunk {
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly queries: Float32Array<ArrayBuffer>;
  readonly cache: PagedCache;
  readonly expected: Float64Array;
  readonly tokenCount: number;
  readonly tiles: readonly [tileRows: number, tileCount: number];
  readonly lengthMax: number;
}

/** A chunk with pages of several sessions in any order, and what must come out. */
function makeChunk(shape: AttentionShape, parts: readonly Part[], run: Run): Chunk {
  const { headCount, headDim } = shape;
  const random = createRandom(headDim * 1000 + (parts[0]?.[0] ?? 0));
  const lengths = parts.map(([position, tokenCount]) => position + tokenCount);
  const pageCount = lengths.reduce((sum, length) => sum + Math.ceil(length / PAGE_POSITIONS), 1);
  const cache = createPagedCache(run.kvType ?? 'f32', shape, pageCount);
  const freePages = Array.from({ length: pageCount }, (_, page) => page).reverse();
  const tokenCount = parts.reduce((sum, [, count]) => sum + count, 0);
  const quads = quadCount(headDim);
  const queries = new Float32Array(tokenCount * headCount * quads * 4);
  const expected = new Float64Array(tokenCount * headCount * headDim);
  let row = 0;
  const segments = parts.map(([position, count]): Segment => {
    const pages = Array.from({ length: Math.ceil((position + count) / PAGE_POSITIONS) }, () =>
      freePages.pop(),
    ) as number[];
    const { keys, values } = fill(
      cache,
      shape,
      pages,
      position + count,
      random,
      run.spoiltPosition,
    );
    const own = random.floats(count * headCount * headDim, run.spread ?? 1);
    for (let head = 0; head < count * headCount; head += 1) {
      const from = own.subarray(head * headDim, (head + 1) * headDim);
      queries.set(from, (row * headCount + head) * quads * 4);
    }
    const input = { ...shape, position, tokenCount: count, queries: own, keys, values };
    expected.set(attentionReference(input), row * headCount * headDim);
    row += count;
    return { position, tokenCount: count, pages, headRows: 0, input: new Uint32Array(count) };
  });
  const laidOut = createChunkRows(Math.max(...lengths)).write(segments);
  const { words, tileRows, tileCount, lengthMax } = laidOut;
  return {
    rows: words.slice(),
    queries,
    cache,
    expected,
    tokenCount,
    tiles: [tileRows, tileCount],
    lengthMax,
  };
}

/** Random keys and values on the pages; returns what the cache made of them. */
function fill(
  cache: PagedCache,
  { kvHeadCount, headDim }: AttentionShape,
  pages: readonly number[],
  length: number,
  random: Random,
  spoiltPosition = -1,
) {
  const size = length * kvHeadCount * headDim;
  const [keys, values] = [new Float32Array(size), new Float32Array(size)];
  for (let position = 0; position < length; position += 1) {
    for (let kvHead = 0; kvHead < kvHeadCount; kvHead += 1) {
      const page = pages[Math.floor(position / PAGE_POSITIONS)] as number;
      const place = { page, kvHead, slot: position % PAGE_POSITIONS };
      const at = (position * kvHeadCount + kvHead) * headDim;
      const key = random.floats(headDim);
      if (position === spoiltPosition) key[0] = Number.NaN;
      keys.set(cache.put('keys', place, key), at);
      values.set(cache.put('values', place, random.floats(headDim)), at);
    }
  }
  return { keys, values };
}

async function run(shape: AttentionShape, parts: readonly Part[], options: Run = {}) {
  const { outs, expected } = await attendAll(shape, parts, options);
  for (const out of outs) {
    expect(relativeError(out, expected)).toBeLessThan(toleranceFor(options.spread ?? 1));
  }
}

async function attendAll(shape: AttentionShape, parts: readonly Part[], options: Run) {
  const chunk = makeChunk(shape, parts, options);
  const { splitPositions } = options;
  const outs = splitPositions
    ? [await attendSplit(shape, chunk, options)]
    : [await attend(shape, chunk, options, 'staged')];
  // What else runs here computes the same.
  if (!splitPositions && tester.features.hasSubgroups) {
    outs.push(await attend(shape, chunk, options, 'quad'));
  }
  return { outs, expected: chunk.expected };
}

async function attend(shape: AttentionShape, chunk: Chunk, options: Run, variant: RowsVariant) {
  const [actual] = await tester.run({
    spec: attentionKernel(shape, options.kvType ?? 'f32', variant),
    workgroups: attentionWorkgroups(shape, ...chunk.tiles),
    params: { tokenCount: chunk.tokenCount },
    buffers: [...inputs(chunk), new Float32Array(chunk.expected.length).fill(Number.NaN)],
  });
  return actual as Float32Array;
}

const inputs = ({ rows, queries, cache }: Chunk) => [rows, queries, cache.keys, cache.values];

async function attendSplit(shape: AttentionShape, chunk: Chunk, options: Run) {
  const { headCount, headDim } = shape;
  const { tokenCount } = chunk;
  const { splitPositions = 64, kvType = 'f32' } = options;
  const splitCount = Math.ceil(chunk.lengthMax / splitPositions);
  const params = { tokenCount, splitPositions, splitCount };
  const parts = tokenCount * headCount * splitCount;
  const [sums, stats] = await tester.run({
    spec: attentionSplitKernel(shape, kvType),
    workgroups: attentionWorkgroups(shape, ...chunk.tiles, splitCount),
    params,
    buffers: [
      ...inputs(chunk),
      new Float32Array(parts * quadCount(headDim) * 4).fill(Number.NaN),
      new Float32Array(parts * 2).fill(Number.NaN),
    ],
  });
  const [out] = await tester.run({
    spec: attentionMergeKernel(shape),
    workgroups: attentionMergeWorkgroups(headCount, tokenCount),
    params,
    buffers: [
      sums as Float32Array<ArrayBuffer>,
      stats as Float32Array<ArrayBuffer>,
      new Float32Array(chunk.expected.length),
    ],
  });
  return out as Float32Array;
}

describe('decode', () => {
  test.each([1, 63, 64, 65, 131, 576])('over %i positions', async (length) => {
    await run({ headCount: 4, kvHeadCount: 2, headDim: 16 }, [[length - 1, 1]]);
  });

  test('of several sessions at different positions beside a prefill', async () => {
    const shape = { headCount: 9, kvHeadCount: 3, headDim: 16 };
    await run(shape, [
      [0, 1],
      [70, 1],
      [31, 2],
      [150, 1],
      [40, 11],
    ]);
  });
});

describe('prefill is causal', () => {
  test.each([1, 63, 64, 65])('with %i tokens', async (tokenCount) => {
    const count = Math.min(64, tokenCount);
    await run({ headCount: 2, kvHeadCount: 1, headDim: 8 }, [[0, count]]);
    await run({ headCount: 2, kvHeadCount: 1, headDim: 8 }, [[61, count]]);
  });
});

describe('a long context in parts', () => {
  const shape = { headCount: 6, kvHeadCount: 2, headDim: 24 };

  test.each([64, 128, 320])('of %i positions', async (splitPositions) => {
    await run(shape, [[300, 1]], { splitPositions });
  });

  test('where some rows end before the later parts, and rows see different ends', async () => {
    const parts: Part[] = [
      [5, 1],
      [299, 1],
      [126, 4],
    ];
    await run(shape, parts, { splitPositions: 64 });
  });
});

describe.each(['f16', 'q8'] as const)('a cache in %s', (kvType) => {
  test.each([16, 21, 64, 128])('is read as it was written, heads of %i', async (headDim) => {
    const shape = { headCount: 4, kvHeadCount: 2, headDim };
    await run(
      shape,
      [
        [70, 1],
        [20, 5],
      ],
      { kvType },
    );
    await run(shape, [[130, 2]], { kvType, splitPositions: 64 });
  });
});

test.each([1, 2, 63, 64, 65, 131, 256])('heads of %i', async (headDim) => {
  await run({ headCount: 3, kvHeadCount: 1, headDim }, [[70, 2]]);
});

test('as many key and value heads as query heads', async () => {
  await run({ headCount: 5, kvHeadCount: 5, headDim: 12 }, [[20, 3]]);
});

test('more heads in a group than one workgroup owns', async () => {
  await run({ headCount: 14, kvHeadCount: 2, headDim: 8 }, [
    [20, 1],
    [9, 3],
  ]);
});

test('scores of hundreds do not overflow', async () => {
  await run({ headCount: 2, kvHeadCount: 2, headDim: 64 }, [[140, 2]], { spread: 100 });
});

test('a key that is no number is noticed in the output, among others that are', async () => {
  const shape = { headCount: 4, kvHeadCount: 2, headDim: 16 };
  const spoilt = { spoiltPosition: 7 };
  const wholes = await attendAll(shape, [[70, 1]], spoilt);
  const split = await attendAll(shape, [[130, 2]], { ...spoilt, splitPositions: 64 });
  for (const out of [...wholes.outs, ...split.outs]) expect(out.every(Number.isNaN)).toBe(true);
});
