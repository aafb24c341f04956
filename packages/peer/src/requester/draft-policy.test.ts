import { describe, expect, test } from 'vitest';
import { createDraftPolicy } from './draft-policy.ts';

const FULL = Array.from({ length: 15 }, (_, index) => index);

interface Device {
  /** Milliseconds of a pass over so many rows. */
  ms(rowCount: number, pass: number): number;
  /** Whether the next drafted token is right. */
  isRight(token: number): boolean;
}

/** An answer on a device, as the policy would have it; the first pass has no draft either way. */
function simulate({ ms, isRight }: Device, tokenCount: number) {
  const policy = createDraftPolicy();
  let tokens = 0;
  let spentMs = 0;
  let passCount = 0;
  let rowsMax = 0;
  while (tokens < tokenCount) {
    const count = policy.choose({ tokenIds: FULL, matchedTokens: 4 });
    const pass = ms(1 + count, passCount);
    policy.took(1 + count, pass);
    const judged: boolean[] = [];
    for (let index = 0; index <= count && index < FULL.length; index += 1) {
      judged.push(isRight(tokens + index));
      if (!judged.at(-1)) break;
    }
    policy.judge(4, judged);
    tokens += 1 + judged.slice(0, count).filter(Boolean).length;
    spentMs += pass;
    passCount += 1;
    rowsMax = Math.max(rowsMax, 1 + count);
  }
  const plainMs = Array.from({ length: tokens }, (_, i) => ms(1, i)).reduce((a, b) => a + b, 0);
  return { speedup: plainMs / spentMs, passCount, rowsMax, policy };
}

/** Right with the given chance, the same for every run. */
function chance(part: number): Device['isRight'] {
  return (token) => (Math.imul(token + 1, 0x9e3779b1) >>> 8) / 2 ** 24 < part;
}

describe('a policy', () => {
  test('verifies long drafts where rows cost nothing and are right', () => {
    const { speedup, rowsMax } = simulate({ ms: () => 30, isRight: () => true }, 400);
    expect(rowsMax).toBe(16);
    expect(speedup).toBeGreaterThan(9);
  });

  test('leaves them where every row costs as much as a pass', () => {
    for (const part of [0, 0.3, 0.6, 0.9]) {
      const { speedup } = simulate({ ms: (rows) => 30 * rows, isRight: chance(part) }, 1_000);
      expect(speedup).toBeGreaterThan(0.97);
    }
  });

  test('leaves them where they are hardly ever right', () => {
    const { speedup } = simulate({ ms: (rows) => 30 + 6 * (rows - 1), isRight: () => false }, 600);
    expect(speedup).toBeGreaterThan(0.97);
  });

  test('is never much worse than none and as good as the device allows', () => {
    for (const perRow of [0, 0.05, 0.2, 0.5, 1]) {
      for (const part of [0.1, 0.4, 0.7, 0.9, 0.97]) {
        const ms = (rows: number) => 20 * (1 + perRow * (rows - 1));
        const { speedup } = simulate({ ms, isRight: chance(part) }, 2_000);
        const best = Math.max(
          ...[0, ...FULL].map((count) => {
            const tokens = (1 - part ** (count + 1)) / (1 - part);
            return tokens / (1 + perRow * count);
          }),
        );
        expect(speedup, `${perRow} ${part}`).toBeGreaterThan(0.97);
        expect(speedup, `${perRow} ${part}`).toBeGreaterThan(0.75 * best);
      }
    }
  });

  test('begins again when the text begins to repeat itself', () => {
    const isRight = (token: number) => token > 300;
    const ms = (rows: number) => 30 + 3 * rows;
    const { speedup } = simulate({ ms, isRight }, 600);
    expect(speedup).toBeGreaterThan(1.5);
  });

  test('is not deterred by a first pass that compiles kernels, nor by one slow pass', () => {
    const slow = new Set([2, 20, 21, 50]);
    const ms = (_: number, pass: number) => (slow.has(pass) ? 900 : 30);
    expect(simulate({ ms, isRight: () => true }, 800).rowsMax).toBe(16);
  });

  test('measures again what was slow once, when others have gone', () => {
    let isBusy = true;
    const ms = (rows: number) => (isBusy ? 30 * rows : 30);
    const policy = createDraftPolicy();
    const draft = { tokenIds: FULL, matchedTokens: 3 };
    const counts: number[] = [];
    for (let pass = 0; pass < 300; pass += 1) {
      isBusy = pass < 100;
      const count = policy.choose(draft);
      counts.push(count);
      policy.took(1 + count, ms(1 + count));
      policy.judge(
        3,
        Array.from({ length: 1 + count }, () => true),
      );
    }
    expect(counts.slice(10, 60).every((count) => count === 0)).toBe(true);
    expect(Math.max(...counts.slice(200))).toBe(15);
  });

  test('never verifies more than was drafted', () => {
    const { policy } = simulate({ ms: () => 30, isRight: () => true }, 100);
    expect(policy.choose({ tokenIds: [1, 2, 3], matchedTokens: 4 })).toBe(3);
    expect(policy.choose({ tokenIds: [], matchedTokens: 4 })).toBe(0);
  });
});
