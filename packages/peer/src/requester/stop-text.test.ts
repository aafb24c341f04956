import { describe, expect, test } from 'vitest';
import { createStopText } from './stop-text.ts';

/** Feeds the text in pieces of `size` characters and returns what was shown. */
function feed(text: string, stops: readonly string[], size: number) {
  const stopText = createStopText(stops);
  let shown = '';
  for (let start = 0; start < text.length; start += size) {
    const { text: piece, isStopped } = stopText.push(text.slice(start, start + size));
    shown += piece;
    if (isStopped) return { shown, isStopped };
  }
  return { shown: shown + stopText.flush(), isStopped: false };
}

describe('createStopText', () => {
  test.each([1, 2, 3, 5, 100])('cuts before the first stop string in pieces of %i', (size) => {
    const result = feed('Hello there.\nUser: again', ['\nUser:', 'zzz'], size);
    expect(result).toEqual({ shown: 'Hello there.', isStopped: true });
  });

  test.each([1, 2, 4])(
    'loses nothing that only looked like a stop string (pieces of %i)',
    (size) => {
      const text = 'aab aaab aa';
      expect(feed(text, ['aaac'], size)).toEqual({ shown: text, isStopped: false });
    },
  );

  test('shows text at once where no stop string can begin', () => {
    expect(createStopText(['###']).push('abc').text).toBe('abc');
    expect(createStopText(['###']).push('abc#').text).toBe('abc');
  });

  test('an empty stop string stops nothing', () => {
    expect(feed('abc', [''], 1)).toEqual({ shown: 'abc', isStopped: false });
  });
});
