import { createRandom } from '@manyhands/testkit/random';
import { beforeAll, describe, expect, test } from 'vitest';
import { relativeError } from '../webgpu/kernel-testing.ts';
import { attentionReference } from '../webgpu/kernels/attention/attention.reference.ts';
import { createKernelTester, type KernelTester } from './kernel-testing.ts';
import { attentionStateBytes } from './kernels.ts';

const TOLERANCE = 3e-6;

/** Rows of one session: its first position in this pass and how many follow. */
interface SessionRows {
  readonly position: number;
  readonly tokenCount: number;
}

interface Shape {
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headDim: number;
  readonly pageLength: number;
}

describe.each(['plain', 'relaxed'] as const)('%s', (variant) => {
  let tester: KernelTester;
  beforeAll(async () => {
    tester = await createKernelTester(variant);
  });

  /** Keys and values go through `placeHeads` into pages that lie in reverse, then queries attend. */
  function run(shape: Shape, sessions: readonly SessionRows[], size = 1): void {
    const { headCount, kvHeadCount, headDim, pageLength } = shape;
    const { kernels } = tester;
    const bytes = Math.ceil(headDim / 4) * 16;
    const cacheBytes = pageLength * kvHeadCount * bytes;
    const random = createRandom(headCount * 100 + headDim + sessions.length);
    const rows: number[] = [];
    const expected: number[] = [];
    const queries: number[] = [];
    for (const { position, tokenCount } of sessions) {
      const length = position + tokenCount;
      const pageCount = Math.ceil(length / pageLength);
      const pages = Array.from({ length: pageCount }, () => tester.bytes(64 + 2 * cacheBytes));
      const table = tester.bytes(pageCount * 4);
      tester.memory.u32(table, pageCount).set(pages.reverse());
      const keys = random.floats(length * kvHeadCount * headDim, size);
      const values = random.floats(length * kvHeadCount * headDim);
      const everyRow = Array.from({ length }, (_, i) => [table, i + 1]).flat();
      const tableOfRows = tester.bytes(length * 8);
      tester.memory.u32(tableOfRows, length * 2).set(everyRow);
      for (const [numbers, out] of [
        [keys, 64],
        [values, 64 + cacheBytes],
      ] as const) {
        const from = tester.rows(numbers, kvHeadCount * headDim);
        const heads = [from.address, from.stride, length, kvHeadCount, headDim] as const;
        kernels.placeHeads(...heads, 0, 0, 0, 0, 0, false, tableOfRows, pageLength, out);
      }
      const own = random.floats(tokenCount * headCount * headDim);
      const input = { headCount, kvHeadCount, headDim, position, tokenCount };
      expected.push(...attentionReference({ ...input, queries: own, keys, values }));
      queries.push(...own);
      rows.push(...everyRow.slice(position * 2));
    }
    const tokens = rows.length / 2;
    const from = tester.rows(Float32Array.from(queries), headCount * headDim);
    const placed = tester.bytes(tokens * headCount * bytes);
    const heads = [from.address, from.stride, tokens, headCount, headDim] as const;
    kernels.placeHeads(...heads, 0, 0, 0, 0, 0, false, 0, 0, placed);
    const table = tester.bytes(tokens * 8);
    tester.memory.u32(table, rows.length).set(rows);
    const out = tester.rows(new Float32Array(queries.length), headCount * headDim);
    const tokensMax = Math.max(...sessions.map((s) => s.tokenCount));
    kernels.attention(
      placed,
      table,
      tokens,
      headCount,
      kvHeadCount,
      headDim,
      64,
      64 + cacheBytes,
      pageLength,
      tester.bytes((pageLength + 1) * 16),
      tester.bytes(attentionStateBytes(tokensMax, headCount, kvHeadCount, bytes)),
      out.address,
      out.stride,
    );
    const actual = tester.read(out, tokens, headCount * headDim);
    expect(relativeError(actual, expected)).toBeLessThan(TOLERANCE);
    if (tokens > 1) return;

    // The same in parts of two pages, the last ones first.
    const partCount = Math.ceil((rows[1] as number) / (2 * pageLength));
    const parts = tester.bytes(partCount * attentionStateBytes(1, headCount, kvHeadCount, bytes));
    const scores = tester.bytes((pageLength + 1) * 16);
    for (const [first, count] of [
      [1, partCount - 1],
      [0, 1],
    ] as const) {
      const counts = [headCount, kvHeadCount, headDim] as const;
      const cache = [64, 64 + cacheBytes, pageLength, 2] as const;
      kernels.attendParts(placed, table, ...counts, ...cache, first, count, scores, parts);
    }
    const joined = tester.rows(new Float32Array(queries.length), headCount * headDim);
    kernels.joinParts(partCount, headCount, kvHeadCount, headDim, parts, joined.address);
    const together = tester.read(joined, 1, headCount * headDim);
    expect(relativeError(together, expected)).toBeLessThan(TOLERANCE);
  }

  const decode = (position: number) => [{ position, tokenCount: 1 }];

  test.each([0, 1, 2, 62, 63, 64, 65, 300])('one token at position %i', (position) => {
    run({ headCount: 9, kvHeadCount: 3, headDim: 64, pageLength: 64 }, decode(position));
  });

  test.each([
    { headCount: 1, kvHeadCount: 1, headDim: 4, pageLength: 16 },
    { headCount: 3, kvHeadCount: 3, headDim: 10, pageLength: 17 },
    { headCount: 5, kvHeadCount: 1, headDim: 12, pageLength: 2 },
    { headCount: 8, kvHeadCount: 4, headDim: 8, pageLength: 32 },
    { headCount: 14, kvHeadCount: 2, headDim: 128, pageLength: 500 },
  ])('$headCount heads on $kvHeadCount of $headDim, pages of $pageLength', (shape) => {
    run(shape, decode(70));
    run(shape, [{ position: 0, tokenCount: 37 }]);
    run(shape, [{ position: 61, tokenCount: 6 }]);
  });

  test('rows of several sessions, decode and prefill mixed', () => {
    const shape = { headCount: 6, kvHeadCount: 2, headDim: 16, pageLength: 16 };
    run(shape, [
      { position: 100, tokenCount: 1 },
      { position: 0, tokenCount: 1 },
      { position: 15, tokenCount: 9 },
      { position: 31, tokenCount: 1 },
    ]);
  });

  test('scores far apart, where all but one position weigh nothing', () => {
    run({ headCount: 4, kvHeadCount: 4, headDim: 32, pageLength: 16 }, decode(40), 100);
  });
});
