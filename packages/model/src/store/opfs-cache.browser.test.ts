import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createOpfsCache } from './opfs-cache.ts';
import type { ModelCache, PieceCache } from './piece-cache.ts';
import { CACHE_CASES } from './piece-cache-acceptance.ts';

const FOLDER = 'opfs-cache-test';
const ROOT = 'c'.repeat(64);

afterEach(async () => {
  vi.restoreAllMocks();
  const storage = await navigator.storage.getDirectory();
  await storage.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
});

describe('OPFS cache on a page', () => {
  it.each(CACHE_CASES)('$name', ({ run }) => run(openCache));

  it('is left out, not failed, where storage is switched off', async () => {
    vi.spyOn(navigator.storage, 'getDirectory').mockRejectedValue(
      new DOMException('', 'SecurityError'),
    );
    expect(await createOpfsCache(FOLDER)).toBeUndefined();
  });

  it('says full and leaves no torso when the quota is reached', async () => {
    const model = await openModel();
    vi.spyOn(FileSystemWritableFileStream.prototype, 'write').mockRejectedValue(
      new DOMException('', 'QuotaExceededError'),
    );
    expect(await model.write(0, new Uint8Array(10))).toBe('full');
    expect(model.has(0)).toBe(false);
    expect(await model.read(0)).toBeUndefined();
  });

  it('reads a piece that another tab stored later, and survives one that was evicted', async () => {
    const early = await openModel();
    const late = await openModel();
    await late.write(7, Uint8Array.of(7));
    expect(await early.read(7)).toEqual(Uint8Array.of(7));
    const storage = await navigator.storage.getDirectory();
    const folder = await storage.getDirectoryHandle(FOLDER);
    await folder.removeEntry(ROOT, { recursive: true });
    expect(await late.read(7)).toBeUndefined();
    expect(await late.write(7, Uint8Array.of(7))).toBe('skipped');
  });
});

describe('OPFS cache in a worker', () => {
  it.each(CACHE_CASES)('$name', async ({ name }) => {
    const url = new URL('./opfs-cache.test-worker.ts', import.meta.url);
    const worker = new Worker(url, { type: 'module' });
    try {
      const answer = await new Promise((resolve, reject) => {
        worker.addEventListener('message', ({ data }) => resolve(data));
        worker.addEventListener('error', ({ message }) => reject(new Error(message)));
        worker.postMessage({ name, folder: FOLDER });
      });
      expect(answer).toBe('passed');
    } finally {
      worker.terminate();
    }
  });
});

/** Closed in any case: what one test leaves open the next one may not delete. */
async function openModel(): Promise<ModelCache> {
  const model = await (await openCache()).open(ROOT);
  onTestFinished(() => model.close());
  return model;
}

async function openCache(): Promise<PieceCache> {
  const cache = await createOpfsCache(FOLDER);
  if (cache === undefined) throw new Error('this browser has no OPFS');
  return cache;
}
