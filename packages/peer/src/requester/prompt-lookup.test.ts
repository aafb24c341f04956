import { describe, expect, test } from 'vitest';
import { createPromptLookup } from './prompt-lookup.ts';

describe('a lookup', () => {
  test('finds what followed the last tokens before, the longest match first', () => {
    // 3 4 stood twice; only the first time after 1 2.
    const lookup = createPromptLookup([1, 2, 3, 4, 50, 51, 9, 3, 4, 60, 61, 1, 2, 3, 4]);
    expect(lookup.propose(2)).toEqual({ tokenIds: [50, 51], matchedTokens: 4 });
  });

  test('takes the most recent of equal matches', () => {
    const lookup = createPromptLookup([1, 2, 7, 5, 1, 2, 9, 8, 1, 2]);
    expect(lookup.propose(1)).toEqual({ tokenIds: [9], matchedTokens: 2 });
  });

  test('proposes nothing after tokens that were not there before', () => {
    expect(createPromptLookup([1, 2, 3, 4, 5]).propose(4)).toBeUndefined();
    // One token is no match, and the last two are not their own.
    expect(createPromptLookup([5, 1, 5]).propose(4)).toBeUndefined();
    expect(createPromptLookup([]).propose(4)).toBeUndefined();
    expect(createPromptLookup([1, 2, 3, 1, 2]).propose(0)).toBeUndefined();
  });

  test('goes on with its own copy where the text has a period', () => {
    const lookup = createPromptLookup([1, 2, 3, 1, 2]);
    expect(lookup.propose(8)?.tokenIds).toEqual([3, 1, 2, 3, 1, 2, 3, 1]);
  });

  test('sees tokens that were added', () => {
    const context = [1, 2, 3];
    const lookup = createPromptLookup(context);
    expect(lookup.propose(2)).toBeUndefined();
    context.push(9, 1, 2);
    expect(lookup.propose(2)?.tokenIds).toEqual([3, 9]);
  });

  test('finds what a search of the whole context finds', () => {
    let state = 1;
    const context: number[] = [];
    const lookup = createPromptLookup(context);
    for (let step = 0; step < 2_000; step += 1) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      context.push((state >>> 16) % 5);
      expect(lookup.propose(1)?.tokenIds[0]).toBe(search(context));
    }
  });

  test('indexes a long prompt once', () => {
    const context = Array.from({ length: 32_000 }, (_, index) => (index * 7_919) % 5_003);
    const lookup = createPromptLookup(context);
    lookup.propose(15);
    const tookMs = [1, 2, 3].map(() => {
      const startedMs = performance.now();
      for (let step = 0; step < 1_000; step += 1) {
        context.push(lookup.propose(15)?.tokenIds[0] ?? 0);
      }
      return performance.now() - startedMs;
    });
    // A scan of the whole context for every token takes seconds, each time; a busy machine only once.
    expect(Math.min(...tookMs)).toBeLessThan(500);
  });
});

function search(context: readonly number[]): number | undefined {
  for (const size of [4, 3, 2]) {
    const end = context.slice(-size).join();
    for (let place = context.length - 1; place >= size; place -= 1) {
      if (context.slice(place - size, place).join() === end) return context[place];
    }
  }
  return undefined;
}
