import type { CachedModel, ModelCache, PieceCache } from './piece-cache.ts';

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
const THIRD_ROOT = 'c'.repeat(64);
const NEW_ROOT = 'd'.repeat(64);

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
  {
    name: 'says who is open, what has no manifest and when each was last used',
    async run(openCache) {
      const cache = await openCache();
      const before = Date.now();
      const one = await cache.open(ROOT);
      const same = await cache.open(ROOT);
      await withModel(cache, OTHER_ROOT, async (other) => {
        await other.writeManifest('{}');
      });
      await until(async () => (await find(cache, OTHER_ROOT))?.openCount === 0);
      equal((await find(cache, ROOT))?.openCount, 2);
      equal((await find(cache, ROOT))?.hasManifest, false);
      equal((await find(cache, OTHER_ROOT))?.hasManifest, true);
      equal(((await find(cache, ROOT))?.lastUsedAtMs ?? 0) >= before, true);
      one.close();
      same.close();
    },
  },
  {
    name: 'keeps a bound, and forgets it',
    async run(openCache) {
      equal(await (await openCache()).keepBytesMax(), undefined);
      equal(await (await openCache()).setKeepBytesMax(5_000), true);
      equal(await (await openCache()).keepBytesMax(), 5_000);
      equal(await (await openCache()).setKeepBytesMax(undefined), true);
      equal(await (await openCache()).keepBytesMax(), undefined);
    },
  },
  {
    name: 'lets go of what was unused for longest, and never of what is in use',
    async run(openCache) {
      const cache = await openCache();
      for (const name of [ROOT, OTHER_ROOT, THIRD_ROOT]) {
        await withModel(cache, name, async (model) => {
          await model.write(0, new Uint8Array(4_000));
        });
        await nextMillisecond();
      }
      await cache.setKeepBytesMax(13_000);
      // The oldest, but a tab has it open.
      const used = await cache.open(ROOT);
      await nextMillisecond();
      await until(async () => (await find(cache, THIRD_ROOT))?.openCount === 0);
      await withModel(cache, NEW_ROOT, async (model) => {
        await model.reserve(4_000);
        equal(await model.write(0, new Uint8Array(4_000)), 'stored');
      });
      equal(await namesIn(cache), [ROOT, THIRD_ROOT, NEW_ROOT].join());
      used.close();
    },
  },
  {
    name: 'lets go at once of what a smaller bound leaves no room for',
    async run(openCache) {
      const cache = await openCache();
      for (const name of [ROOT, OTHER_ROOT]) {
        await withModel(cache, name, async (model) => {
          await model.write(0, new Uint8Array(4_000));
        });
        await nextMillisecond();
      }
      await until(async () => (await find(cache, OTHER_ROOT))?.openCount === 0);
      await cache.setKeepBytesMax(5_000);
      equal(await namesIn(cache), OTHER_ROOT);
    },
  },
  {
    name: 'stores nothing beyond the bound, but repairs what is there',
    async run(openCache) {
      const cache = await openCache();
      await cache.setKeepBytesMax(6_000);
      await withModel(cache, ROOT, async (model) => {
        await model.reserve(8_000);
        equal(await model.write(0, new Uint8Array(4_000)), 'stored');
        equal(await model.write(1, new Uint8Array(4_000)), 'full');
        equal(await model.write(0, new Uint8Array(4_000)), 'stored');
        equal(model.has(1), false);
      });
    },
  },
];

async function find(cache: PieceCache, modelRoot: string): Promise<CachedModel | undefined> {
  return (await cache.report()).find((model) => model.modelRoot === modelRoot);
}

async function namesIn(cache: PieceCache): Promise<string> {
  return (await cache.report())
    .map(({ modelRoot }) => modelRoot)
    .sort()
    .join();
}

/** Uses are told apart by the clock. */
async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  await until(async () => Date.now() > now);
}

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
  const deadline = Date.now() + 15_000;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('still not done after 15 s');
  }
}

function bytesOf(...values: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(values);
}

function equal(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`expected ${expected}, got ${actual}`);
}
