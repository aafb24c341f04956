import { createStore, get, update } from 'idb-keyval';

/** Values that only IndexedDB keeps: a CryptoKey in it never shows its bytes. */
export interface KeyDatabase {
  read(key: string): Promise<unknown>;
  /** One read-write transaction, so that tabs that race see each other's changes. */
  change(key: string, next: (current: unknown) => unknown): Promise<void>;
}

/** Opened at each call: browsers that block storage refuse then, and not while a page loads. */
export function openKeyDatabase(databaseName: string): KeyDatabase {
  const open = () => createStore(databaseName, 'keys');
  return {
    read: async (key) => get<unknown>(key, open()),
    change: async (key, next) => update<unknown>(key, next, open()),
  };
}
