import { describe, expect, it, vi } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { eraseEverything, goErase, isEraseDocument, readConfirmation } from './erase.ts';

/** A browser that keeps one of each; a test breaks what it is about. */
function createBrowser() {
  const files = new Set(['manyhands-weights', 'other']);
  const databases = new Set(['manyhands-identity', 'history']);
  const cacheNames = new Set(['manyhands-tuning']);
  const localStorage = createMemoryStorage();
  const sessionStorage = createMemoryStorage();
  localStorage.setItem('manyhands.theme', '"dark"');
  sessionStorage.setItem('manyhands.conversation', '[]');
  const unregister = vi.fn(async () => true);
  const scope = {
    localStorage,
    sessionStorage,
    navigator: {
      serviceWorker: { getRegistrations: async () => [{ unregister }] },
      storage: {
        getDirectory: async () => ({
          async *keys() {
            yield* files;
          },
          removeEntry: async (name: string) => void files.delete(name),
        }),
      },
    },
    caches: {
      keys: async () => [...cacheNames],
      delete: async (name: string) => cacheNames.delete(name),
    },
    indexedDB: {
      databases: async () => [...databases].map((name) => ({ name, version: 1 })),
      deleteDatabase(name: string) {
        const request: { onsuccess?: () => void } = {};
        databases.delete(name);
        queueMicrotask(() => request.onsuccess?.());
        return request;
      },
    },
  };
  const countKept = () =>
    files.size + databases.size + cacheNames.size + localStorage.length + sessionStorage.length;
  return { scope, asScope: scope as never, countKept, unregister };
}

describe('deleting everything', () => {
  it('leaves nothing, whoever put it there', async () => {
    const { asScope, countKept, unregister } = createBrowser();
    expect(countKept()).toBe(7);
    expect(await eraseEverything(asScope)).toEqual([]);
    expect(countKept()).toBe(0);
    expect(unregister).toHaveBeenCalledOnce();
  });

  it('goes on where a part fails, and says which', async () => {
    const { scope, asScope, countKept } = createBrowser();
    scope.caches.delete = () => Promise.reject(new DOMException('', 'SecurityError'));
    expect(await eraseEverything(asScope)).toEqual(['caches']);
    expect(countKept()).toBe(1);
  });

  it('does not wait for ever for a database that a frozen tab has open', async () => {
    vi.useFakeTimers();
    const { scope, asScope } = createBrowser();
    scope.indexedDB.deleteDatabase = () => ({});
    const erasing = eraseEverything(asScope);
    await vi.runAllTimersAsync();
    expect(await erasing).toEqual(['databases']);
    vi.useRealTimers();
  });

  it('needs the yes of this very tab, which an address does not carry', () => {
    const sessionStorage = createMemoryStorage();
    sessionStorage.setItem('manyhands.conversation', 'a question');
    expect(readConfirmation(sessionStorage)).toBeUndefined();
    const location = { hash: '', reload: vi.fn() };
    const history = {
      replaceState: (_: unknown, __: string, hash: string) => {
        location.hash = hash;
      },
    };
    goErase({ location, history } as never, sessionStorage);
    expect(isEraseDocument(location)).toBe(true);
    expect(location.reload).toHaveBeenCalledOnce();
    expect([readConfirmation(sessionStorage), sessionStorage.length]).toEqual(['here', 1]);
  });
});
