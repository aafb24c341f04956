import { describe, expect, test } from 'vitest';
import { blobSource } from './blob-source.ts';
import { memorySource } from './memory-source.ts';

const FILE = Uint8Array.of(1, 2, 3, 4, 5);

describe.each([
  ['memory', memorySource(FILE)],
  ['blob', blobSource(new Blob([FILE]))],
])('a file in a %s', (_, source) => {
  test('gives any range as a copy of its own', async () => {
    expect(source.byteLength).toBe(5);
    const bytes = await source.read(1, 4);
    expect([...bytes]).toEqual([2, 3, 4]);
    expect(bytes.buffer.byteLength).toBe(3);
    bytes.fill(9);
    expect([...(await source.read(0, 5))]).toEqual([1, 2, 3, 4, 5]);
    expect(await source.read(5, 5)).toHaveLength(0);
  });

  test('refuses ranges outside it and stopped reads', async () => {
    await expect(source.read(3, 6)).rejects.toMatchObject({ code: 'truncated' });
    await expect(source.read(-1, 2)).rejects.toMatchObject({ code: 'malformed' });
    await expect(source.read(3, 2)).rejects.toMatchObject({ code: 'malformed' });
    await expect(source.read(0.5, 2)).rejects.toMatchObject({ code: 'malformed' });
    await expect(source.read(0, 1, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });
});

test('a node Buffer gives a copy too, not a view of its pool', async () => {
  const buffer = Buffer.from(FILE);
  const bytes = await memorySource(buffer).read(0, 2);
  bytes[0] = 77;
  expect(buffer[0]).toBe(1);
  expect(bytes.buffer.byteLength).toBe(2);
});
