import { describe, expect, test } from 'vitest';
import { cutPass, type PreparedStep } from './cut-pass.ts';

const RANGE = { firstBlock: 0, endBlock: 2, embeds: true, heads: true, positionsMax: 500 };

function prepare(tokenCount: number, more: Partial<PreparedStep['request']> = {}): PreparedStep {
  const tokenIds = Uint32Array.from({ length: tokenCount }, (_, i) => i);
  const request = { sessionId: 's', position: 5, tokenCount, tokenIds, headRows: 1, ...more };
  return { request, range: RANGE, pages: [3, 4] };
}

const shape = (steps: readonly PreparedStep[]) =>
  cutPass(steps, 4).map(({ segments, stepOf }) =>
    segments.map(({ position, tokenCount, headRows }, i) => [
      stepOf[i],
      position,
      tokenCount,
      headRows,
    ]),
  );

describe('a pass', () => {
  test('of one token is one chunk', () => {
    expect(shape([prepare(1)])).toEqual([[[0, 5, 1, 1]]]);
  });

  test('is cut at 64 rows', () => {
    const steps = [prepare(130, { headRows: 3 })];
    expect(shape(steps)).toEqual([[[0, 5, 64, 0]], [[0, 69, 64, 1]], [[0, 133, 2, 2]]]);
  });

  test('runs decode rows before a prefill and fills chunks', () => {
    const steps = [prepare(100), prepare(1), prepare(4, { headRows: 4 })];
    expect(shape(steps)).toEqual([
      [
        [1, 5, 1, 1],
        [2, 5, 4, 4],
        [0, 5, 59, 0],
      ],
      [[0, 64, 41, 1]],
    ]);
  });

  test('keeps sessions of different parts of the stage apart', () => {
    const other = { ...prepare(1), range: { ...RANGE, endBlock: 1, heads: false } };
    expect(shape([prepare(1), other, prepare(2)])).toEqual([
      [
        [0, 5, 1, 1],
        [2, 5, 2, 1],
      ],
      [[1, 5, 1, 1]],
    ]);
  });

  test('cuts hidden states at whole rows', () => {
    const hidden = Float32Array.from({ length: 70 * 4 }, (_, i) => i);
    const { tokenIds: _, ...request } = prepare(70).request;
    const [first, second] = cutPass([{ ...prepare(70), request: { ...request, hidden } }], 4);
    expect(first?.segments[0]?.input.length).toBe(64 * 4);
    expect(second?.segments[0]?.input[0]).toBe(64 * 4);
  });
});
