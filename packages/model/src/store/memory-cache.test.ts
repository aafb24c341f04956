import { describe, expect, it } from 'vitest';
import { createMemoryCache } from './memory-cache.ts';
import { CACHE_CASES } from './piece-cache-acceptance.ts';

describe('memory cache', () => {
  it.each(CACHE_CASES)('$name', async ({ run }) => {
    const cache = createMemoryCache();
    await run(async () => cache);
  });

  it('refuses what does not fit, over all models, and keeps the rest', async () => {
    const cache = createMemoryCache(4);
    const one = await cache.open('a');
    const other = await cache.open('b');
    expect(await one.write(0, new Uint8Array(3))).toBe('stored');
    expect(await other.write(0, new Uint8Array(2))).toBe('full');
    expect(await other.write(0, new Uint8Array(1))).toBe('stored');
    expect(await one.write(0, new Uint8Array(3))).toBe('stored');
    expect(await one.read(0)).toHaveLength(3);
  });
});
