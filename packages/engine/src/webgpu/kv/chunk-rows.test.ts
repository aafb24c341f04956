import { createRandom } from '@manyhands/testkit/random';
import { describe, expect, test } from 'vitest';
import type { Segment } from '../../backend.ts';
import { chooseAttentionSplit, createChunkRows, SPLITS_MAX } from './chunk-rows.ts';

const segment = (position: number, tokenCount: number, pages: readonly number[]): Segment => ({
  position,
  tokenCount,
  pages,
  headRows: 0,
  input: new Uint32Array(tokenCount),
});

/** The page of a row's position, looked up as `page.wgsl` does. */
const pageOf = (words: Uint32Array, row: number, position: number): number | undefined =>
  words[(words[2 * row + 1] as number) + Math.floor(position / 32)];

test('each row finds its position and its session’s pages', () => {
  const { words, tileCount, tileRows, lengthMax } = createChunkRows(200).write([
    segment(40, 1, [7, 3]),
    segment(0, 6, [5]),
  ]);
  expect([words[0], words[2], words[12]]).toEqual([40, 0, 5]);
  expect([pageOf(words, 0, 0), pageOf(words, 0, 40), pageOf(words, 6, 5)]).toEqual([7, 3, 5]);
  // One row, then six in tiles of at most four.
  expect([...words.subarray(128, 134)]).toEqual([0, 1, 1, 4, 5, 2]);
  expect({ tileCount, tileRows, lengthMax }).toEqual({ tileCount: 3, tileRows: 4, lengthMax: 41 });
});

test('the page table of a step that goes on ends where this chunk does', () => {
  const rows = createChunkRows(200);
  const long = rows.write([segment(0, 64, [1, 2, 3, 4, 5])]).words.length;
  expect(rows.write([segment(64, 64, [1, 2, 3, 4, 5])]).words.length).toBe(long + 2);
});

test('64 rows of as many of the longest sessions fit', () => {
  const pages = Array.from({ length: 32 }, (_, i) => i);
  const rows = createChunkRows(1000);
  const segments = Array.from({ length: 64 }, () => segment(999, 1, pages));
  const { words, tileCount } = rows.write(segments);
  expect(words.byteLength).toBe(rows.byteLength);
  expect(tileCount).toBe(64);
  expect(pageOf(words, 63, 999)).toBe(31);
});

describe('a split', () => {
  test('is none for short contexts, many rows or adapters without', () => {
    const one = { splitCount: 1 };
    expect(chooseAttentionSplit(true, 1, 500)).toMatchObject(one);
    expect(chooseAttentionSplit(true, 9, 5000)).toMatchObject(one);
    expect(chooseAttentionSplit(false, 1, 5000)).toMatchObject(one);
  });

  test('covers every position, within the room for partial results', () => {
    const random = createRandom(5);
    for (let i = 0; i < 200; i += 1) {
      const length = 512 + random.below(130_000);
      const { splitCount, splitPositions } = chooseAttentionSplit(true, 1, length);
      expect(splitCount).toBeLessThanOrEqual(SPLITS_MAX);
      expect(splitCount).toBeGreaterThan(1);
      expect(splitCount * splitPositions).toBeGreaterThanOrEqual(length);
      expect((splitCount - 1) * splitPositions).toBeLessThan(length);
    }
  });
});
