import { encodeBase64 } from '@manyhands/protocol/base64';
import { encodeFrame } from '@manyhands/protocol/frame';
import { describe, expect, test } from 'vitest';
import { createRetainedRows, type RetainedBudget, type RetainedRows } from './retained-rows.ts';

const SESSION = encodeBase64(new Uint8Array(16).fill(3));
const HIDDEN_SIZE = 3;

/** A frame whose rows say which run and which position they are of. */
function send(rows: RetainedRows, position: number, tokenCount: number, run = 0): void {
  const hidden = Float32Array.from(
    { length: tokenCount * HIDDEN_SIZE },
    (_, i) => run * 1000 + position + Math.floor(i / HIDDEN_SIZE),
  );
  const header = { sessionId: SESSION, epoch: 0, step: 0, position, tokenCount, headRows: 0 };
  const content = { kind: 'hidden', dtype: 'f16', hiddenSize: HIDDEN_SIZE, hidden } as const;
  rows.add(position, tokenCount, encodeFrame({ ...header, ...content }));
}

/** The first number of each row from `from` on, chunk by chunk. */
function valuesOf(rows: RetainedRows, from: number, to: number): number[][] | undefined {
  return rows.read(from, to)?.map(({ tokenCount, hidden }) => {
    expect(hidden).toHaveLength(tokenCount * HIDDEN_SIZE);
    return Array.from({ length: tokenCount }, (_, row) => hidden[row * HIDDEN_SIZE] ?? -1);
  });
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

function createRows(bytesMax = 1_000_000): { rows: RetainedRows; budget: RetainedBudget } {
  const budget = { bytesMax, bytes: 0 };
  return { rows: createRetainedRows(budget), budget };
}

describe('retained rows', () => {
  test('come back in chunks that fill a frame', () => {
    const { rows } = createRows();
    send(rows, 0, 32);
    send(rows, 32, 30);
    for (let position = 62; position < 80; position++) send(rows, position, 1);
    expect(valuesOf(rows, 0, 80)).toEqual([range(0, 64), range(64, 80)]);
    expect(valuesOf(rows, 40, 70)).toEqual([range(40, 70)]);
  });

  test('of a position that was run again are the last ones', () => {
    const { rows } = createRows();
    send(rows, 0, 10);
    send(rows, 10, 5);
    send(rows, 12, 3, 1);
    expect(valuesOf(rows, 8, 15)).toEqual([[8, 9, 10, 11, 1012, 1013, 1014]]);
    send(rows, 4, 1, 2);
    expect(valuesOf(rows, 0, 5)).toEqual([[0, 1, 2, 3, 2004]]);
    expect(rows.read(0, 6)).toBeUndefined();
  });

  test('that were never sent are not made up', () => {
    const { rows } = createRows();
    send(rows, 32, 8);
    expect(rows.read(0, 40)).toBeUndefined();
    expect(rows.read(32, 41)).toBeUndefined();
    expect(valuesOf(rows, 32, 40)).toEqual([range(32, 40)]);
  });

  test('stop at the budget that sessions share, and give it back', () => {
    const { rows, budget } = createRows(500);
    const other = createRetainedRows(budget);
    send(rows, 0, 10);
    const held = budget.bytes;
    expect(held).toBeGreaterThan(0);
    for (let position = 0; position < 40; position += 10) send(other, position, 10);
    expect(other.read(0, 10)).toBeUndefined();
    expect(budget.bytes).toBe(held);
    rows.clear();
    expect(budget.bytes).toBe(0);
  });
});
