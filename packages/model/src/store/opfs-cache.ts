import type { CacheWrite, ModelCache, PieceCache } from './piece-cache.ts';

/**
 * One file for each piece: `manyhands-weights/<model root>/<slot>.piece`. So a stage caches only what
 * it holds, nothing but the directory says what is there (no bitmap that a crash could leave ahead of
 * the bytes), a damaged piece costs one file, no sparse file is charged for blocks that other tabs
 * hold, and tabs of one profile write different pieces at the same time: the sync access handle is an
 * exclusive lock on one piece instead of a lock on the model.
 *
 * Every open model holds a shared Web Lock, so that deleting it cannot pull it from under a tab.
 */
export async function createOpfsCache(
  folder = 'manyhands-weights',
): Promise<PieceCache | undefined> {
  let root: FileSystemDirectoryHandle;
  try {
    const storage = await navigator.storage.getDirectory();
    root = await storage.getDirectoryHandle(folder, { create: true });
  } catch {
    // Firefox in private windows, insecure contexts, storage switched off: the caller does without.
    return undefined;
  }
  return {
    async open(modelRoot) {
      const release = await holdShared(lockName(folder, modelRoot));
      try {
        const directory = await root.getDirectoryHandle(modelRoot, { create: true });
        return openModel(directory, await listSlots(directory), release);
      } catch (error) {
        release();
        throw error;
      }
    },
    async report() {
      const models = [];
      for await (const [modelRoot, handle] of root.entries()) {
        if (!isDirectory(handle)) continue;
        models.push({ modelRoot, bytes: await usedBytes(handle) });
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
  };
}

function openModel(
  directory: FileSystemDirectoryHandle,
  slots: Set<number>,
  release: () => void,
): ModelCache {
  return {
    has: (slot) => slots.has(slot),
    async read(slot) {
      const file = await readFile(directory, pieceName(slot));
      return file === undefined ? undefined : new Uint8Array(await file.arrayBuffer());
    },
    async write(slot, bytes) {
      const result = await writeFile(directory, pieceName(slot), bytes);
      if (result === 'stored') slots.add(slot);
      return result;
    },
    readManifest: async () => (await readFile(directory, MANIFEST_NAME))?.text(),
    writeManifest: (json) => writeFile(directory, MANIFEST_NAME, new TextEncoder().encode(json)),
    usedBytes: () => usedBytes(directory),
    close: release,
  };
}

const MANIFEST_NAME = 'manifest.json';
const LOCK_WAIT_MS = 5_000;

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

async function readFile(
  directory: FileSystemDirectoryHandle,
  name: string,
): Promise<File | undefined> {
  try {
    const handle = await directory.getFileHandle(name);
    return await handle.getFile();
  } catch {
    // Missing, evicted by the browser or locked by a tab that is writing it: fetched instead.
    return undefined;
  }
}

async function writeFile(
  directory: FileSystemDirectoryHandle,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<CacheWrite> {
  try {
    const handle: WritableHandle = await directory.getFileHandle(name, { create: true });
    // Only workers have the sync handle; only newer browsers have the stream.
    if (handle.createSyncAccessHandle) await writeInPlace(handle, bytes);
    else if (handle.createWritable) await writeStream(handle, bytes);
    else return 'skipped';
    return 'stored';
  } catch (error) {
    const reason = errorName(error);
    // Another tab holds this very piece open: it writes the same bytes.
    if (reason === 'NoModificationAllowedError') return 'skipped';
    await directory.removeEntry(name).catch(() => undefined);
    return reason === 'QuotaExceededError' ? 'full' : 'skipped';
  }
}

/** What the DOM library of TypeScript leaves out or takes for granted everywhere. */
type WritableHandle = Omit<FileSystemFileHandle, 'createWritable'> & {
  createSyncAccessHandle?(): Promise<SyncAccessHandle>;
  createWritable?(): Promise<FileSystemWritableFileStream>;
};

interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(byteLength: number): void;
  flush(): void;
  close(): void;
}

async function writeInPlace(handle: WritableHandle, bytes: Uint8Array): Promise<void> {
  const access = await handle.createSyncAccessHandle?.();
  if (access === undefined) return;
  try {
    access.truncate(bytes.length);
    const written = access.write(bytes, { at: 0 });
    // Chromium reports a full disk as a short write.
    if (written !== bytes.length) throw new DOMException('disk full', 'QuotaExceededError');
    access.flush();
  } finally {
    access.close();
  }
}

async function writeStream(handle: WritableHandle, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const stream = await handle.createWritable?.();
  if (stream === undefined) return;
  try {
    await stream.write(bytes);
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => undefined);
    throw error;
  }
}

async function usedBytes(directory: FileSystemDirectoryHandle): Promise<number> {
  let bytes = 0;
  for await (const handle of directory.values()) {
    if (isFile(handle)) bytes += (await handle.getFile().catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}

function isFile(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === 'file';
}

function isDirectory(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === 'directory';
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

function errorName(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : '';
}
