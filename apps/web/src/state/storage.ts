import type { CachedModel } from '@manyhands/model/store/piece-cache';
import { type ReadonlySignal, signal } from '@preact/signals';
import type { SpaceEstimate, StorageDevice } from './storage-device.ts';

/** Something else that is kept, by the part of the site that keeps it. */
export interface KeptCollection {
  facts(): Promise<{ readonly count: number; readonly bytes: number }>;
  deleteAll(): Promise<void>;
}

export type CollectionName = 'conversations' | 'contributionHistory';

export interface CollectionFacts {
  readonly name: CollectionName;
  /** Nothing where it could not be read. */
  readonly facts: { readonly count: number; readonly bytes: number } | undefined;
}

/** What this browser keeps for the site, as it was found. */
export interface StorageFacts {
  /** Nothing where the browser keeps no files for the site. */
  readonly models: readonly CachedModel[] | undefined;
  readonly keepBytesMax: number | undefined;
  readonly space: SpaceEstimate | undefined;
  readonly isPersisted: boolean | undefined;
  readonly collections: readonly CollectionFacts[];
  readonly settingsBytes: number;
  readonly databases: readonly string[] | undefined;
  readonly caches: readonly string[];
}

/** What the last action came to; a page says it until the next one. */
export type StorageOutcome =
  | { readonly kind: 'model-deleted'; readonly modelRoot: string }
  | { readonly kind: 'model-in-use'; readonly modelRoot: string }
  | { readonly kind: 'limit-kept' }
  | { readonly kind: 'limit-refused' }
  | { readonly kind: 'persisted' }
  | { readonly kind: 'persist-refused' }
  | { readonly kind: 'collection-deleted'; readonly name: CollectionName }
  | { readonly kind: 'collection-failed'; readonly name: CollectionName };

/** Everything the site keeps in this browser. Nothing is read before `refresh`. */
export interface StorageState {
  /** Nothing before the first look has ended. */
  readonly facts: ReadonlySignal<StorageFacts | undefined>;
  readonly outcome: ReadonlySignal<StorageOutcome | undefined>;
  readonly isBusy: ReadonlySignal<boolean>;
  refresh(): Promise<void>;
  deleteModel(modelRoot: string): Promise<void>;
  setKeepBytesMax(keepBytesMax: number | undefined): Promise<void>;
  persist(): Promise<void>;
  deleteCollection(name: CollectionName): Promise<void>;
  /** The roots that this tab has loaded or is loading. */
  readonly usedHere: ReadonlySignal<ReadonlySet<string>>;
  readonly isErasing: ReadonlySignal<boolean>;
  /** Only a person's second click calls this. Ends what runs, then leaves for the page that deletes. */
  eraseEverything(): Promise<void>;
}

export function createStorageState(deps: {
  readonly device: StorageDevice;
  readonly localStorage: Storage | undefined;
  readonly collections: Partial<Record<CollectionName, KeptCollection>>;
  readonly usedHere: ReadonlySignal<ReadonlySet<string>>;
  /** Lets answers and the contribution of this tab end, within their bounds. */
  stopAll(): Promise<void>;
  goErase(): void;
}): StorageState {
  const { device, localStorage, collections, usedHere } = deps;
  const facts = signal<StorageFacts | undefined>(undefined);
  const outcome = signal<StorageOutcome | undefined>(undefined);
  const isBusy = signal(false);
  const isErasing = signal(false);
  let looks = 0;

  async function refresh(): Promise<void> {
    looks += 1;
    const mine = looks;
    const found = await look(device, localStorage, collections);
    // A later look has begun, and knows better.
    if (mine === looks) facts.value = found;
  }

  async function act(run: () => Promise<StorageOutcome>): Promise<void> {
    if (isBusy.value) return;
    isBusy.value = true;
    outcome.value = undefined;
    try {
      outcome.value = await run();
    } finally {
      isBusy.value = false;
      await refresh();
    }
  }

  return {
    facts,
    outcome,
    isBusy,
    usedHere,
    isErasing,
    refresh,
    deleteModel: (modelRoot) =>
      act(async () => {
        const cache = await device.openCache();
        const isGone = (await cache?.delete(modelRoot)) ?? false;
        return { kind: isGone ? 'model-deleted' : 'model-in-use', modelRoot };
      }),
    setKeepBytesMax: (keepBytesMax) =>
      act(async () => {
        const cache = await device.openCache();
        const isKept = (await cache?.setKeepBytesMax(keepBytesMax)) ?? false;
        return { kind: isKept ? 'limit-kept' : 'limit-refused' };
      }),
    persist: () =>
      act(async () => ({ kind: (await device.persist()) ? 'persisted' : 'persist-refused' })),
    deleteCollection: (name) =>
      act(async () => {
        try {
          await collections[name]?.deleteAll();
          return { kind: 'collection-deleted', name };
        } catch {
          return { kind: 'collection-failed', name };
        }
      }),
    async eraseEverything() {
      if (isErasing.value) return;
      isErasing.value = true;
      // What cannot be ended well ends with the page.
      await deps.stopAll().catch(() => undefined);
      deps.goErase();
    },
  };
}

async function look(
  device: StorageDevice,
  localStorage: Storage | undefined,
  collections: Partial<Record<CollectionName, KeptCollection>>,
): Promise<StorageFacts> {
  const cache = await device.openCache();
  const [models, keepBytesMax, space, isPersisted, databases, caches] = await Promise.all([
    cache?.report().catch(() => undefined),
    cache?.keepBytesMax().catch(() => undefined),
    device.estimate(),
    device.isPersisted(),
    device.listDatabases(),
    device.listCaches(),
  ]);
  return {
    models: models?.sort((a, b) => b.lastUsedAtMs - a.lastUsedAtMs),
    keepBytesMax,
    space,
    isPersisted,
    collections: await readCollections(collections),
    settingsBytes: bytesOf(localStorage),
    databases,
    caches,
  };
}

async function readCollections(
  collections: Partial<Record<CollectionName, KeptCollection>>,
): Promise<readonly CollectionFacts[]> {
  const entries = Object.entries(collections) as [CollectionName, KeptCollection][];
  return Promise.all(
    entries.map(async ([name, kept]) => ({
      name,
      facts: await kept.facts().catch(() => undefined),
    })),
  );
}

/** Browsers keep these texts in UTF-16. */
function bytesOf(storage: Storage | undefined): number {
  let characters = 0;
  for (let index = 0; index < (storage?.length ?? 0); index += 1) {
    const key = storage?.key(index) ?? '';
    characters += key.length + (storage?.getItem(key)?.length ?? 0);
  }
  return 2 * characters;
}
