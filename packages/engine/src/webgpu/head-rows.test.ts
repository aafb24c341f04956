import { expect, test } from 'vitest';
import type { Segment } from '../backend.ts';
import { headRowsOf } from './head-rows.ts';

const segments = (...rows: [tokenCount: number, headRows: number][]): Segment[] =>
  rows.map(([tokenCount, headRows]) => ({
    position: 0,
    tokenCount,
    headRows,
    input: new Uint32Array(tokenCount),
    pages: [],
  }));

test('decode rows of several sessions lie together already', () => {
  const head = headRowsOf(segments([1, 1], [1, 1], [3, 3]));
  expect(head).toEqual({ count: 5, first: 0, runs: [{ first: 0, count: 5 }] });
});

test('the last rows of a prompt stay where they are', () => {
  const head = headRowsOf(segments([20, 2]));
  expect(head).toEqual({ count: 2, first: 18, runs: [{ first: 18, count: 2 }] });
});

test('rows apart are moved to the front', () => {
  const head = headRowsOf(segments([1, 1], [5, 0], [9, 1]));
  expect(head).toEqual({
    count: 2,
    first: 0,
    runs: [
      { first: 0, count: 1 },
      { first: 14, count: 1 },
    ],
  });
});

test('none is none', () => {
  expect(headRowsOf(segments([4, 0])).count).toBe(0);
});
