import { type ReadonlySignal, signal } from '@preact/signals';
import type { ConversationDatabase, DamagedRecord } from './conversation-database.ts';
import { type ConversationRecord, mergeRecords } from './conversation-store.ts';
import type { ConversationSync } from './conversation-sync.ts';
import { SAVE_RETRY_INTERVAL_MS } from './limits.ts';

/** `full`: no room on the disk. `blocked`: this browser keeps nothing here. `outdated`: another tab runs a later version. */
export type StorageTrouble = 'full' | 'blocked' | 'outdated';

/** All conversations, as they are on disk and as they would be if it had room. */
export interface ConversationKeeper {
  /** By id. Reading it follows every change, as a signal does; the map itself is always the same. */
  readonly records: { readonly value: ReadonlyMap<string, ConversationRecord> };
  /** False until the disk was read. */
  readonly isKnown: ReadonlySignal<boolean>;
  /** Lasts until everything is on disk. */
  readonly trouble: ReadonlySignal<StorageTrouble | undefined>;
  readonly unsavedCount: ReadonlySignal<number>;
  readonly damaged: ReadonlySignal<readonly DamagedRecord[]>;
  load(): Promise<void>;
  /** In memory at once, on disk as soon as it goes. Whatever other tabs added to it stays. */
  save(...changed: readonly ConversationRecord[]): void;
  /** Out of memory at once, off the disk as soon as it goes; `trouble` lasts until they are. */
  remove(ids: readonly string[]): Promise<void>;
  /** After an undone deletion, and out of a file: also what was deleted before. */
  restore(records: readonly ConversationRecord[]): void;
  /** Another tab wrote it. */
  refresh(id: string, revision: number): Promise<void>;
  /** Another tab deleted them. */
  forget(ids: readonly string[]): void;
  forgetDamaged(): Promise<void>;
  /** Resolves when nothing is being written any more. */
  settled(): Promise<void>;
  outdate(): void;
  dispose(): void;
}

export interface KeeperDeps {
  readonly database: ConversationDatabase;
  readonly sync: Pick<ConversationSync, 'tellChanged' | 'tellRemoved'>;
  /** A record is another one than before, through this tab or another one. */
  readonly onRecord: (record: ConversationRecord) => void;
  readonly onGone: (id: string) => void;
}

export function createConversationKeeper(deps: KeeperDeps): ConversationKeeper {
  const { database, sync } = deps;
  // Thousands of them change one by one: they are not copied each time.
  const all = new Map<string, ConversationRecord>();
  const changes = signal(0);
  const isKnown = signal(false);
  const trouble = signal<StorageTrouble | undefined>(undefined);
  const damaged = signal<readonly DamagedRecord[]>([]);
  /** To be written, the last version of each. */
  const waiting = new Map<string, ConversationRecord>();
  const unsavedCount = signal(0);
  const writing = new Map<string, Promise<void>>();
  /** Deleted here or elsewhere: a save that comes late must not bring it back. */
  const gone = new Set<string>();
  /** Those of them that are to be deleted from the disk. */
  const leaving = new Set<string>();
  let loading: Promise<void> | undefined;
  let isRead = false;
  let trying: Promise<void> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const publish = (): void => {
    changes.value += 1;
    unsavedCount.value = waiting.size;
  };
  const drop = (ids: readonly string[]): void => {
    for (const id of ids) {
      gone.add(id);
      all.delete(id);
      waiting.delete(id);
    }
    publish();
  };
  const fail = (cause: unknown): void => {
    if (trouble.value !== 'outdated') trouble.value = classify(cause);
    clearTimeout(retry);
    retry = setTimeout(() => void tryAgain(), SAVE_RETRY_INTERVAL_MS);
  };
  const recover = (): void => {
    const isDone = waiting.size === 0 && leaving.size === 0 && isRead;
    if (isDone && trouble.value !== 'outdated') trouble.value = undefined;
  };
  const erase = async (): Promise<void> => {
    const ids = [...leaving];
    if (ids.length === 0) return;
    leaving.clear();
    try {
      await database.remove(ids);
    } catch (cause) {
      // Without those whose deletion was undone meanwhile.
      for (const id of ids) if (gone.has(id)) leaving.add(id);
      throw cause;
    }
  };

  /** Writes one until there is nothing newer of it, or the disk refuses. */
  const flush = async (id: string): Promise<void> => {
    for (let next = waiting.get(id); next !== undefined; next = waiting.get(id)) {
      const wanted = next;
      try {
        const kept = await database.change(id, (found) => nextRecord(wanted, found));
        if (waiting.get(id) === wanted) waiting.delete(id);
        // What went for one may go for those that were refused before.
        if (trouble.value !== undefined) void tryAgain();
        if (gone.has(id)) {
          leaving.add(id);
          await erase();
        } else if (kept !== undefined) accept(kept);
        else {
          drop([id]);
          deps.onGone(id);
        }
        publish();
      } catch (cause) {
        fail(cause);
        return;
      }
    }
  };
  const accept = (kept: ConversationRecord): void => {
    sync.tellChanged(kept.id, kept.revision);
    include(kept);
    deps.onRecord(kept);
  };
  /** From the disk, under what is not there yet. */
  const include = (record: ConversationRecord): void => {
    const later = waiting.get(record.id);
    all.set(record.id, later === undefined ? record : mergeRecords(later, record));
  };
  const start = (id: string): void => {
    if (writing.has(id)) return;
    const running = flush(id).finally(() => writing.delete(id));
    writing.set(id, running);
  };
  /** One after the other: where there is no room for the first, the others are not tried. */
  const tryAll = async (): Promise<void> => {
    clearTimeout(retry);
    if (!isRead) await readAll();
    try {
      await erase();
    } catch (cause) {
      fail(cause);
      return;
    }
    for (const [id] of waiting) {
      start(id);
      await writing.get(id);
      if (waiting.has(id)) return;
    }
    recover();
  };
  const tryAgain = (): Promise<void> => {
    trying ??= tryAll().finally(() => {
      trying = undefined;
    });
    return trying;
  };

  const readAll = async (): Promise<void> => {
    try {
      for await (const batch of database.readAll()) {
        for (const record of batch) if (!gone.has(record.id)) include(record);
        publish();
      }
      damaged.value = await database.listDamaged();
      isRead = true;
    } catch (cause) {
      fail(cause);
    }
    isKnown.value = true;
  };

  const save = (...changed: readonly ConversationRecord[]): void => {
    for (const record of changed) {
      if (gone.has(record.id)) continue;
      all.set(record.id, record);
      waiting.set(record.id, record);
      start(record.id);
    }
    publish();
  };

  return {
    records: {
      get value() {
        void changes.value;
        return all;
      },
    },
    isKnown,
    trouble,
    unsavedCount,
    damaged,
    load: () => {
      loading ??= readAll();
      return loading;
    },
    save,
    async remove(ids) {
      drop(ids);
      for (const id of ids) leaving.add(id);
      sync.tellRemoved(ids);
      await Promise.all(ids.map((id) => writing.get(id)));
      try {
        await erase();
        // There may be room now.
        await tryAgain();
      } catch (cause) {
        fail(cause);
      }
    },
    restore(restored) {
      for (const { id } of restored) leaving.delete(id);
      // What was deleted is new on disk again.
      save(
        ...restored.map((record) => (gone.delete(record.id) ? { ...record, revision: 0 } : record)),
      );
    },
    async refresh(id, revision) {
      if ((all.get(id)?.revision ?? 0) >= revision) return;
      // A deletion that was undone begins anew; what is further was sent before it.
      if (gone.has(id) && revision > 1) return;
      gone.delete(id);
      try {
        const record = await database.read(id);
        if (record === undefined || gone.has(id)) return;
        include(record);
        publish();
        deps.onRecord(record);
      } catch (cause) {
        fail(cause);
      }
    },
    forget(ids) {
      drop(ids);
      for (const id of ids) deps.onGone(id);
    },
    async forgetDamaged() {
      try {
        await database.forgetDamaged();
        damaged.value = [];
      } catch (cause) {
        fail(cause);
      }
    },
    settled: async () => {
      await Promise.all(writing.values());
    },
    outdate: () => {
      trouble.value = 'outdated';
    },
    dispose: () => clearTimeout(retry),
  };
}

/** What is to be on disk after `wanted` was saved over what is there; undefined: it was deleted. */
function nextRecord(
  wanted: ConversationRecord,
  found: ConversationRecord | undefined,
): ConversationRecord | undefined {
  if (found !== undefined) {
    return { ...mergeRecords(wanted, found), revision: found.revision + 1 };
  }
  return wanted.revision === 0 ? { ...wanted, revision: 1 } : undefined;
}

function classify(cause: unknown): StorageTrouble {
  if (!(cause instanceof Error || cause instanceof DOMException)) return 'blocked';
  if (cause.name === 'QuotaExceededError') return 'full';
  return cause.name === 'VersionError' ? 'outdated' : 'blocked';
}
