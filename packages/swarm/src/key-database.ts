import { createStore, get, type UseStore, update } from 'idb-keyval';

/** Values that only IndexedDB keeps: a CryptoKey in it never shows its bytes. */
export interface KeyDatabase {
  read(key: string): Promise<unknown>;
  /** One read-write transaction, so that tabs that race see each other's changes. */
  change(key: string, next: (current: unknown) => unknown): Promise<void>;
}

/** Opened at each call: browsers that block storage refuse then, and not while a page loads. */
export function openKeyDatabase(databaseName: string, databases?: IDBFactory): KeyDatabase {
  const open = () =>
    databases === undefined ? createStore(databaseName, 'keys') : storeIn(databases, databaseName);
  return {
    read: async (key) => get<unknown>(key, open()),
    change: async (key, next) => update<unknown>(key, next, open()),
  };
}

/** What `createStore` makes, in databases that are not the page's own. */
function storeIn(databases: IDBFactory, databaseName: string): UseStore {
  const opened = new Promise<IDBDatabase>((resolve, reject) => {
    const request = databases.open(databaseName);
    request.onupgradeneeded = () => request.result.createObjectStore('keys');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return async (mode, use) => {
    const database = await opened;
    return use(database.transaction('keys', mode).objectStore('keys'));
  };
}
