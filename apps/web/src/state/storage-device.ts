import type { PieceCache } from '@manyhands/model/store/piece-cache';

/** What this browser tells of the space it gives to the site. */
export interface SpaceEstimate {
  readonly usedBytes: number;
  readonly quotaBytes: number;
}

/** The parts of a browser that keep things, as the Storage page asks them. No method rejects. */
export interface StorageDevice {
  /** The pieces of models; nothing where the browser keeps no files for the site. */
  openCache(): Promise<PieceCache | undefined>;
  estimate(): Promise<SpaceEstimate | undefined>;
  /** Whether the browser promises to keep everything; nothing where it knows no such promise. */
  isPersisted(): Promise<boolean | undefined>;
  /** Asks for that promise; some browsers ask the person in turn. */
  persist(): Promise<boolean>;
  /** Names of databases; nothing where the browser does not list them. */
  listDatabases(): Promise<readonly string[] | undefined>;
  listCaches(): Promise<readonly string[]>;
}

export function createStorageDevice(scope: typeof globalThis): StorageDevice {
  const storage = (scope.navigator as Partial<Navigator>).storage;
  return {
    async openCache() {
      // Fetched when somebody looks: asking and the first page need nothing of it.
      const { createOpfsCache } = await import('@manyhands/model/store/opfs-cache');
      return createOpfsCache();
    },
    async estimate() {
      const { usage, quota } = (await orNothing(() => storage?.estimate())) ?? {};
      if (usage === undefined || quota === undefined) return undefined;
      return { usedBytes: usage, quotaBytes: quota };
    },
    isPersisted: () => orNothing(() => storage?.persisted()),
    persist: async () => (await orNothing(() => storage?.persist())) ?? false,
    async listDatabases() {
      const databases = await orNothing(() => scope.indexedDB.databases?.());
      return databases?.flatMap(({ name }) => name ?? []);
    },
    listCaches: async () => (await orNothing(() => scope.caches.keys())) ?? [],
  };
}

/** Where nobody looks: a frame has no Storage page. */
export const NO_STORAGE_DEVICE: StorageDevice = {
  openCache: async () => undefined,
  estimate: async () => undefined,
  isPersisted: async () => undefined,
  persist: async () => false,
  listDatabases: async () => undefined,
  listCaches: async () => [],
};

/** A browser that blocks storage throws on the mere access, or rejects. */
async function orNothing<T>(ask: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}
