import { describe, expect, test } from 'vitest';
import { choosePass, type PassConditions, type QueuedStep } from './choose-pass.ts';
import { PASS_TOKENS_MAX } from './limits.ts';
import { createOwnerShares } from './owner-shares.ts';
import { createPassTimes } from './pass-times.ts';

/** A device whose passes cost as much as `baseRows` rows before the first one. */
function timesOf(baseRows: number) {
  const times = createPassTimes();
  for (let round = 0; round < 10; round += 1) {
    for (const rows of [1, 4, 20]) times.took(rows, 3 * (baseRows + rows));
  }
  return times;
}

const alone = (baseRows: number, change: Partial<PassConditions> = {}): PassConditions => ({
  times: timesOf(baseRows),
  rowsOf: () => 0,
  activeOwners: 1,
  isReadAlong: false,
  ...change,
});

const step = (sessionId: string, rowCount = 1, owner = 'me'): QueuedStep => ({
  sessionId,
  owner,
  rowCount,
  isPrefill: rowCount > 16,
});

const shape = (waiting: readonly QueuedStep[], conditions: PassConditions) =>
  choosePass(waiting, conditions).map(({ step: { sessionId }, rowCount }) => [sessionId, rowCount]);

describe('a pass', () => {
  test('takes of a prompt what makes decode rows wait twice as long at most', () => {
    const waiting = [step('long', 32), step('a'), step('b')];
    // A processor: two rows cost two rows, so two more may come.
    expect(shape(waiting, alone(0))).toEqual([
      ['a', 1],
      ['b', 1],
      ['long', 2],
    ]);
    // A GPU: a pass costs ten rows anyway.
    expect(shape(waiting, alone(10))).toEqual([
      ['a', 1],
      ['b', 1],
      ['long', 12],
    ]);
  });

  test('is as short while somebody reads along whose step is elsewhere just now', () => {
    expect(shape([step('long', 32)], alone(5, { isReadAlong: true }))).toEqual([['long', 6]]);
    expect(shape([step('long', 32)], alone(5))).toEqual([['long', 32]]);
  });

  test('takes a part of a prompt, however many decode rows there are', () => {
    const decodes = Array.from({ length: 80 }, (_, i) => step(`${i}`));
    const pass = choosePass([...decodes, step('long', 32)], alone(0));
    expect(pass.at(-1)?.step.sessionId).toBe('long');
    expect(pass.reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(PASS_TOKENS_MAX);
  });

  test('takes one step of each session, the earliest', () => {
    const waiting = [step('a', 2), step('a', 1), step('b')];
    expect(shape(waiting, alone(0))).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });

  test('gives ten sessions of one owner no more than one, where rows cost time', () => {
    const mine = Array.from({ length: 10 }, (_, i) => step(`mine ${i}`));
    const waiting = [...mine, step('yours', 1, 'you')];
    const conditions = { activeOwners: 2 };
    expect(shape(waiting, alone(0, conditions))).toEqual([
      ['mine 0', 1],
      ['yours', 1],
    ]);
    // Where they cost little nobody loses by them.
    expect(shape(waiting, alone(60, conditions))).toHaveLength(11);
    // The other's step is under way elsewhere: it shall not find a long pass.
    expect(shape(mine, alone(0, conditions)).length).toBeLessThan(3);
    expect(shape(mine, alone(0))).toHaveLength(10);
  });

  test('begins with whoever had least', () => {
    const rowsOf = (owner: string) => (owner === 'me' ? 30 : 3);
    const waiting = [step('long', 32), step('other', 32, 'you')];
    expect(shape(waiting, alone(0, { rowsOf, activeOwners: 2 }))).toEqual([
      ['other', 32],
      ['long', 32],
    ]);
  });
});

describe('pass times', () => {
  test('tell a base from rows, and guess before they can', () => {
    expect(timesOf(10).roomBeside(2, 2)).toBe(12);
    expect(timesOf(0).roomBeside(3, 2)).toBe(3);
    expect(createPassTimes().roomBeside(1, 2)).toBe(9);
    const flat = createPassTimes();
    for (const rows of [1, 8, 32]) flat.took(rows, 20);
    expect(flat.roomBeside(1, 2)).toBe(PASS_TOKENS_MAX);
  });

  test('follow a device that gets slower with every row', () => {
    const times = timesOf(30);
    for (let pass = 0; pass < 200; pass += 1) times.took(1 + (pass % 9), 5 * (1 + (pass % 9)));
    expect(times.roomBeside(4, 2)).toBe(4);
  });
});

test('shares: whoever comes after a pause begins level with the one who had least', () => {
  const shares = createOwnerShares();
  shares.came('a', 0);
  shares.used('a', 500);
  shares.came('b', 500);
  expect(shares.rowsOf('b')).toBe(500);
  expect(shares.activeCount(900)).toBe(2);
  expect(shares.activeCount(1_200)).toBe(1);
  shares.came('a', 1_300);
  expect(shares.rowsOf('a')).toBe(500);
});
