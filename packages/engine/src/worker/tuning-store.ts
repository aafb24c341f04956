import { createMemoryTuningStore, type TunedChoices, type TuningStore } from '../webgpu/tuning.ts';

const CACHE_NAME = 'manyhands-tuning';
/** More entries than a stage has products: what is larger was not written by us. */
const CHOICES_MAX = 256;

/**
 * Keeps choices in the browser's cache storage, so that later visits start with the fastest kernels;
 * for as long as the worker lives where there is none (private windows, insecure pages).
 */
export function createBrowserTuningStore(): TuningStore {
  const memory = createMemoryTuningStore();
  return {
    read: async (adapterKey) => (await memory.read(adapterKey)) ?? (await readKept(adapterKey)),
    async write(adapterKey, choices) {
      const merged = { ...(await readKept(adapterKey)), ...choices };
      await memory.write(adapterKey, merged);
      await withCache((cache) => cache.put(urlOf(adapterKey), Response.json(merged)));
    },
  };
}

async function readKept(adapterKey: string): Promise<TunedChoices | undefined> {
  return await withCache(async (cache) => {
    const response = await cache.match(urlOf(adapterKey));
    return parseChoices(await response?.json());
  });
}

/** Nothing where the browser refuses: then a stage is tuned again at the next visit. */
async function withCache<T>(run: (cache: Cache) => Promise<T>): Promise<T | undefined> {
  try {
    return await run(await caches.open(CACHE_NAME));
  } catch {
    return undefined;
  }
}

/** Only a name: nothing is ever fetched from there. */
function urlOf(adapterKey: string): string {
  return `https://tuning.invalid/${encodeURIComponent(adapterKey)}`;
}

/** Names of variants that do not exist are ignored where they are used. */
function parseChoices(value: unknown): TunedChoices | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const isSound = entries.every(([, choice]) => typeof choice === 'string');
  return isSound && entries.length <= CHOICES_MAX ? Object.fromEntries(entries) : undefined;
}
