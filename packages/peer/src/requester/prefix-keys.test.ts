import { expect, test } from 'vitest';
import { createPrefixKeys } from './prefix-keys.ts';

const tokens = (length: number) => Array.from({ length }, (_, i) => (i * 31) % 200);

test('names whole pages, alike as far as two sequences are', async () => {
  const keysOf = createPrefixKeys();
  const keys = await keysOf(tokens(100));
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(3);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(await keysOf(tokens(70))).toEqual(keys.slice(0, 2));
  const other = tokens(100);
  other[40] = 1;
  const [first, ...rest] = await keysOf(other);
  expect(first).toBe(keys[0]);
  expect(rest).not.toContain(keys[1]);
  expect(rest).not.toContain(keys[2]);
});

test('tell nobody else what was asked', async () => {
  const [mine, others] = [createPrefixKeys(), createPrefixKeys()];
  expect(await mine(tokens(64))).not.toEqual(await others(tokens(64)));
});
