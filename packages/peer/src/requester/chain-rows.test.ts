import { expect, test } from 'vitest';
import { chunkEnd } from './chain-rows.ts';

test('a prompt is cut into chunks of 32 and fewer, none of a single row behind others', () => {
  for (let length = 1; length <= 200; length += 1) {
    const sizes: number[] = [];
    for (let start = 0, end = 0; start < length; start = end) {
      end = chunkEnd(start, length);
      sizes.push(end - start);
    }
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32);
    if (length > 1) expect(Math.min(...sizes)).toBeGreaterThan(1);
    expect(sizes.length).toBe(Math.ceil(length / 32));
  }
});
