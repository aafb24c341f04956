import { get, type UseStore, update } from 'idb-keyval';

/** Values that only IndexedDB keeps: a CryptoKey in it never shows its bytes. */
export interface KeyDatabase {
  read(key: string): Promise<unknown>;
  /** One read-write transaction, so that tabs that race see each other's changes. */
  change(key: string, next: (current: unknown) => unknown): Promise<void>;
}

/** Opened at each call: browsers that block storage refuse then, and not while a page loads. */
export function openKeyDatabase(databaseName: string, databases?: IDBFactory): KeyDatabase {
  const open = () => storeIn(databases ?? indexedDB, databaseName);
  return {
    read: async (key) => get<unknown>(key, open()),
    change: async (key, next) => update<unknown>(key, next, open()),
  };
}

/**
 * What idb-keyval's `createStore` makes, for one use: a database that is left open stays so as long as the
 * page, and a tab that contributes writes every few seconds. A person may delete it meanwhile.
 */
function storeIn(databases: IDBFactory, databaseName: string): UseStore {
  const opened = new Promise<IDBDatabase>((resolve, reject) => {
    const request = databases.open(databaseName);
    request.onupgradeneeded = () => request.result.createObjectStore('keys');
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return async (mode, use) => {
    const database = await opened;
    try {
      return await use(database.transaction('keys', mode).objectStore('keys'));
    } finally {
      database.close();
    }
  };
}
