import { encodeKeepLimit, makeRoom, parseKeepLimit } from './keep-limit.ts';
import { errorName, isDirectory, readFile, usedBytes, writeFile } from './opfs-files.ts';
import type { CachedModel, ModelCache, PieceCache } from './piece-cache.ts';

/** The folder of every model, in the origin's private file system. */
export const WEIGHTS_FOLDER = 'manyhands-weights';

/**
 * One file for each piece: `manyhands-weights/<model root>/<slot>.piece`. So a stage caches only what
 * it holds, nothing but the directory says what is there (no bitmap that a crash could leave ahead of
 * the bytes), a damaged piece costs one file, no sparse file is charged for blocks that other tabs
 * hold, and tabs of one profile write different pieces at the same time: the sync access handle is an
 * exclusive lock on one piece instead of a lock on the model.
 *
 * Every open model holds a shared Web Lock, so that deleting it cannot pull it from under a tab. The
 * person's bound lies beside the models, where every tab and worker finds it.
 */
export async function createOpfsCache(folder = WEIGHTS_FOLDER): Promise<PieceCache | undefined> {
  let root: FileSystemDirectoryHandle;
  try {
    const storage = await navigator.storage.getDirectory();
    root = await storage.getDirectoryHandle(folder, { create: true });
  } catch {
    // Firefox in private windows, insecure contexts, storage switched off: the caller does without.
    return undefined;
  }
  const cache: PieceCache = {
    async open(modelRoot) {
      const release = await holdShared(lockName(folder, modelRoot));
      try {
        const directory = await root.getDirectoryHandle(modelRoot, { create: true });
        await writeText(directory, LAST_USED_NAME, String(Date.now()));
        const allow = (byteLength: number) => makeRoom(cache, modelRoot, byteLength);
        return openModel(directory, await listSlots(directory), allow, release);
      } catch (error) {
        release();
        throw error;
      }
    },
    async report() {
      const openCounts = await countHolders();
      const models: CachedModel[] = [];
      for await (const [modelRoot, handle] of root.entries()) {
        if (!isDirectory(handle)) continue;
        const manifest = await readFile(handle, MANIFEST_NAME);
        models.push({
          modelRoot,
          bytes: await usedBytes(handle),
          lastUsedAtMs: (await readLastUsed(handle)) ?? manifest?.lastModified ?? 0,
          openCount: openCounts.get(lockName(folder, modelRoot)) ?? 0,
          hasManifest: manifest !== undefined,
        });
      }
      return models;
    },
    delete: (modelRoot) =>
      navigator.locks.request(lockName(folder, modelRoot), { ifAvailable: true }, async (lock) => {
        if (lock === null) return false;
        try {
          await root.removeEntry(modelRoot, { recursive: true });
        } catch (error) {
          if (errorName(error) !== 'NotFoundError') return false;
        }
        return true;
      }),
    keepBytesMax: async () => parseKeepLimit(await (await readFile(root, LIMIT_NAME))?.text()),
    async setKeepBytesMax(keepBytesMax) {
      if (keepBytesMax === undefined) {
        return root.removeEntry(LIMIT_NAME).then(
          () => true,
          (error) => errorName(error) === 'NotFoundError',
        );
      }
      const written = await writeText(root, LIMIT_NAME, encodeKeepLimit(keepBytesMax));
      if (written === 'stored') await makeRoom(cache, undefined, 0);
      return written === 'stored';
    },
  };
  return cache;
}

function openModel(
  directory: FileSystemDirectoryHandle,
  slots: Set<number>,
  allow: (byteLength: number) => Promise<number>,
  release: () => void,
): ModelCache {
  let allowedBytes = Number.POSITIVE_INFINITY;
  let ownBytes = 0;
  return {
    async reserve(byteLength) {
      allowedBytes = await allow(byteLength).catch(() => Number.POSITIVE_INFINITY);
      if (allowedBytes === Number.POSITIVE_INFINITY) return;
      ownBytes = await usedBytes(directory).catch(() => 0);
    },
    has: (slot) => slots.has(slot),
    async read(slot) {
      const file = await readFile(directory, pieceName(slot));
      return file === undefined ? undefined : new Uint8Array(await file.arrayBuffer());
    },
    async write(slot, bytes) {
      // One that is there is only repaired, which takes no room.
      const addedBytes = slots.has(slot) ? 0 : bytes.length;
      if (ownBytes + addedBytes > allowedBytes) return 'full';
      ownBytes += addedBytes;
      const result = await writeFile(directory, pieceName(slot), bytes);
      if (result === 'stored') slots.add(slot);
      return result;
    },
    readManifest: async () => (await readFile(directory, MANIFEST_NAME))?.text(),
    writeManifest: (json) => writeText(directory, MANIFEST_NAME, json),
    usedBytes: () => usedBytes(directory),
    close: release,
  };
}

const MANIFEST_NAME = 'manifest.json';
const LAST_USED_NAME = 'last-used';
const LIMIT_NAME = 'limit.json';
const LOCK_WAIT_MS = 5_000;

function writeText(directory: FileSystemDirectoryHandle, name: string, text: string) {
  return writeFile(directory, name, new TextEncoder().encode(text));
}

async function readLastUsed(directory: FileSystemDirectoryHandle): Promise<number | undefined> {
  const text = await (await readFile(directory, LAST_USED_NAME))?.text();
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Who holds which lock; nothing where the browser does not tell. */
async function countHolders(): Promise<ReadonlyMap<string, number>> {
  const { held = [] } = await navigator.locks.query().catch(() => ({ held: [] }));
  const counts = new Map<string, number>();
  for (const { name = '' } of held) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function pieceName(slot: number): string {
  return `${slot}.piece`;
}

async function listSlots(directory: FileSystemDirectoryHandle): Promise<Set<number>> {
  const slots = new Set<number>();
  for await (const name of directory.keys()) {
    const slot = /^(\d+)\.piece$/.exec(name)?.[1];
    if (slot !== undefined) slots.add(Number(slot));
  }
  return slots;
}

function lockName(folder: string, modelRoot: string): string {
  return `${folder}/${modelRoot}`;
}

/** Resolves once the lock is held, with the function that gives it back. */
function holdShared(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = (): Promise<void> =>
      new Promise((release) => {
        resolve(() => release());
      });
    const signal = AbortSignal.timeout(LOCK_WAIT_MS);
    navigator.locks.request(name, { mode: 'shared', signal }, held).catch(reject);
  });
}
