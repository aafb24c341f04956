import type { ModelCache, PieceCache } from './piece-cache.ts';

/**
 * What every `PieceCache` must do. Plain functions that throw, so that they also run in a worker,
 * where the browser's test runner has no `it`.
 */
export interface CacheCase {
  readonly name: string;
  run(openCache: () => Promise<PieceCache>): Promise<void>;
}

const ROOT = 'a'.repeat(64);
const OTHER_ROOT = 'b'.repeat(64);

export const CACHE_CASES: readonly CacheCase[] = [
  {
    name: 'gives back what was written, after closing and opening again',
    async run(openCache) {
      const cache = await openCache();
      await withModel(cache, ROOT, async (model) => {
        equal(model.has(3), false);
        equal(await model.read(3), undefined);
        equal(await model.write(3, bytesOf(1, 2, 3)), 'stored');
        equal(model.has(3), true);
      });
      await withModel(cache, ROOT, async (model) => {
        equal(model.has(3), true);
        equal(model.has(4), false);
        equal(String(await model.read(3)), '1,2,3');
      });
    },
  },
  {
    name: 'keeps its own copy: the writer may transfer its buffer, the reader change its',
    async run(openCache) {
      await withModel(await openCache(), ROOT, async (model) => {
        const written = bytesOf(1, 2);
        await model.write(0, written);
        structuredClone(written, { transfer: [written.buffer] });
        (await model.read(0))?.fill(9);
        equal(String(await model.read(0)), '1,2');
      });
    },
  },
  {
    name: 'overwrites a piece, also with a shorter one',
    async run(openCache) {
      await withModel(await openCache(), ROOT, async (model) => {
        await model.write(0, bytesOf(1, 2, 3));
        equal(await model.write(0, bytesOf(7)), 'stored');
        equal(String(await model.read(0)), '7');
      });
    },
  },
  {
    name: 'lets two tabs write and read one model at the same time',
    async run(openCache) {
      const first = await (await openCache()).open(ROOT);
      const second = await (await openCache()).open(ROOT);
      const results = await Promise.all([
        first.write(1, bytesOf(1)),
        second.write(2, bytesOf(2)),
        first.write(5, bytesOf(5, 5)),
        second.write(5, bytesOf(5, 5)),
      ]);
      equal(results[0], 'stored');
      equal(results[1], 'stored');
      equal(results.includes('full'), false);
      equal(String(await first.read(1)), '1');
      equal(String(await second.read(2)), '2');
      equal(String(await first.read(5)), '5,5');
      first.close();
      second.close();
    },
  },
  {
    name: 'keeps models apart, reports their bytes and keeps the manifest',
    async run(openCache) {
      const cache = await openCache();
      const one = await cache.open(ROOT);
      const other = await cache.open(OTHER_ROOT);
      await one.write(0, bytesOf(1, 2, 3));
      await other.write(0, bytesOf(4));
      equal(await one.readManifest(), undefined);
      equal(await one.writeManifest('{"é":1}'), 'stored');
      equal(await one.readManifest(), '{"é":1}');
      equal(await other.readManifest(), undefined);
      equal(String(await one.read(0)), '1,2,3');
      equal((await other.usedBytes()) >= 1, true);
      const report = await cache.report();
      equal(
        report
          .map(({ modelRoot }) => modelRoot)
          .sort()
          .join(),
        [ROOT, OTHER_ROOT].join(),
      );
      one.close();
      other.close();
    },
  },
  {
    name: 'deletes a model only when nobody uses it',
    async run(openCache) {
      const cache = await openCache();
      const model = await cache.open(ROOT);
      await model.write(0, bytesOf(1));
      equal(await cache.delete(ROOT), false);
      equal(String(await model.read(0)), '1');
      model.close();
      await until(() => cache.delete(ROOT));
      equal((await cache.report()).length, 0);
      equal(await cache.delete(ROOT), true);
      await withModel(cache, ROOT, async (opened) => equal(opened.has(0), false));
    },
  },
];

async function withModel(
  cache: PieceCache,
  modelRoot: string,
  use: (model: ModelCache) => Promise<void>,
): Promise<void> {
  const model = await cache.open(modelRoot);
  try {
    await use(model);
  } finally {
    model.close();
  }
}

/** A lock given back is free a moment later. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('still not done after 5 s');
  }
}

function bytesOf(...values: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(values);
}

function equal(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`expected ${expected}, got ${actual}`);
}
