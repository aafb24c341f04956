import { ERASE_TABS_WAIT_MS, ERASE_WAIT_MS } from './limits.ts';

/*
 * Deleting everything happens in a document of its own, which makes nothing of the site: a page that has
 * run holds databases open, and writes what it remembers when it goes away. The person's yes travels to
 * it in `sessionStorage`, which only this origin can write and only this tab can read; a link to the
 * address alone deletes nothing.
 */

export const ERASED_HASH = '#/erased';
const CONFIRMED_KEY = 'manyhands.erase-confirmed';
const CHANNEL = 'manyhands.erase';
/** Every document of the site holds it shared as long as it is shown. */
const SITE_LOCK = 'manyhands.site';
/** Browsers that do not list databases; the others are asked. */
const KNOWN_DATABASES = [
  'manyhands-identity',
  'manyhands-circles',
  'manyhands-conversations',
  'manyhands-history',
];

/** `here`: this tab deletes everything. `elsewhere`: another one does, and this one forgets its own. */
export type Confirmation = 'here' | 'elsewhere';

/** Goes to the document that deletes. The caller has ended what was running. */
export function goErase(
  scope: Window,
  sessionStorage: Storage | undefined,
  confirmation: Confirmation = 'here',
): void {
  // What fills it is among what has to go.
  sessionStorage?.clear();
  sessionStorage?.setItem(CONFIRMED_KEY, confirmation);
  // The hash alone would not load a document.
  scope.history.replaceState(null, '', ERASED_HASH);
  scope.location.reload();
}

export function isEraseDocument(location: Pick<Location, 'hash'>): boolean {
  return location.hash === ERASED_HASH;
}

/** Nothing where somebody only came here. */
export function readConfirmation(sessionStorage: Storage | undefined): Confirmation | undefined {
  const confirmed = sessionStorage?.getItem(CONFIRMED_KEY);
  return confirmed === 'here' || confirmed === 'elsewhere' ? confirmed : undefined;
}

/**
 * For every document of the site: it counts as open until it is left, and leaves for an empty page when
 * another tab deletes everything.
 */
export function heedErase(
  scope: Window & typeof globalThis,
  sessionStorage: Storage | undefined,
): void {
  if (scope.BroadcastChannel !== undefined) {
    const channel = new scope.BroadcastChannel(CHANNEL);
    channel.addEventListener('message', () => goErase(scope, sessionStorage, 'elsewhere'));
  }
  let release = (): void => undefined;
  const hold = (): void => {
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Absent on plain http, denied where storage is blocked: nobody waits for this tab then.
    scope.navigator.locks
      ?.request(SITE_LOCK, { mode: 'shared' }, () => held)
      .catch(() => undefined);
  };
  hold();
  scope.addEventListener('pagehide', () => release());
  scope.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) hold();
  });
}

export type ErasePart = 'service-worker' | 'caches' | 'files' | 'databases' | 'settings';

/** Deletes everything this origin keeps. Resolves with what could not be deleted. */
export async function eraseEverything(
  scope: Window & typeof globalThis,
): Promise<readonly ErasePart[]> {
  if (scope.BroadcastChannel !== undefined) {
    const channel = new scope.BroadcastChannel(CHANNEL);
    channel.postMessage('leave');
    channel.close();
  }
  return whenAlone(scope, async () => {
    const left: ErasePart[] = [];
    for (const { part, run } of STEPS) {
      const isDone = await withDeadline(run(scope)).catch(() => false);
      if (!isDone) left.push(part);
    }
    return left;
  });
}

/** Runs once the other tabs have left, or do not leave in time: then what they hold is left over. */
async function whenAlone<T>(scope: typeof globalThis, run: () => Promise<T>): Promise<T> {
  const { locks } = scope.navigator as Partial<Navigator>;
  if (locks === undefined) return run();
  let running: Promise<T> | undefined;
  const start = (): Promise<T> => {
    running ??= run();
    return running;
  };
  const signal = AbortSignal.timeout(ERASE_TABS_WAIT_MS);
  return locks.request(SITE_LOCK, { signal }, start).catch(start);
}

interface Step {
  readonly part: ErasePart;
  /** False, or rejects, where something is left. */
  run(scope: typeof globalThis): Promise<boolean>;
}

/** The service worker first: it would answer for what is gone. Settings last: they have the yes. */
const STEPS: readonly Step[] = [
  {
    part: 'service-worker',
    async run({ navigator }) {
      const registrations = await navigator.serviceWorker?.getRegistrations();
      const results = (registrations ?? []).map((registration) => registration.unregister());
      return (await Promise.all(results)).every(Boolean);
    },
  },
  {
    part: 'caches',
    async run(scope) {
      const names = (await scope.caches?.keys()) ?? [];
      return (await Promise.all(names.map((name) => scope.caches.delete(name)))).every(Boolean);
    },
  },
  {
    part: 'files',
    async run({ navigator }) {
      const root = await navigator.storage?.getDirectory?.().catch(() => undefined);
      if (root === undefined) return true;
      const names: string[] = [];
      for await (const name of root.keys()) names.push(name);
      await Promise.all(names.map((name) => root.removeEntry(name, { recursive: true })));
      return true;
    },
  },
  {
    part: 'databases',
    async run(scope) {
      const listed = await scope.indexedDB.databases?.();
      const names = new Set([
        ...KNOWN_DATABASES,
        ...(listed ?? []).flatMap(({ name }) => name ?? []),
      ]);
      const results = [...names].map((name) => deleteDatabase(scope.indexedDB, name));
      return (await Promise.all(results)).every(Boolean);
    },
  },
  {
    part: 'settings',
    async run(scope) {
      scope.localStorage.clear();
      scope.sessionStorage.clear();
      return true;
    },
  },
];

/** Waits where another tab still has it open; the deadline is the caller's. */
function deleteDatabase(databases: IDBFactory, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = databases.deleteDatabase(name);
    request.onsuccess = () => resolve(true);
    request.onerror = () => resolve(false);
  });
}

async function withDeadline(done: Promise<boolean>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ERASE_WAIT_MS);
  });
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
