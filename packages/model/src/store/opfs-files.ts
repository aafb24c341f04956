import type { CacheWrite } from './piece-cache.ts';

/** Nothing where there is no such file, or it cannot be read now. */
export async function readFile(
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

/** Writes a whole file; leaves no torso where that fails. */
export async function writeFile(
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
    await removeTorso(directory, name);
    return reason === 'QuotaExceededError' ? 'full' : 'skipped';
  }
}

/**
 * Chromium lets go of a file a moment after its aborted stream has said that it is over, and removes
 * nothing before. A torso that stays all the same costs a request: no piece is used unverified.
 */
async function removeTorso(directory: FileSystemDirectoryHandle, name: string): Promise<void> {
  for (let attempt = 0; attempt < REMOVAL_ATTEMPTS; attempt += 1) {
    const failure = await directory.removeEntry(name).catch(errorName);
    if (failure !== 'NoModificationAllowedError') return;
    await new Promise((resolve) => setTimeout(resolve, REMOVAL_PAUSE_MS));
  }
}

const REMOVAL_ATTEMPTS = 20;
const REMOVAL_PAUSE_MS = 10;

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

/** Bytes of the files that lie directly in a directory. */
export async function usedBytes(directory: FileSystemDirectoryHandle): Promise<number> {
  let bytes = 0;
  for await (const handle of directory.values()) {
    if (isFile(handle)) bytes += (await handle.getFile().catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}

function isFile(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === 'file';
}

export function isDirectory(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === 'directory';
}

/** Empty for whatever is thrown besides errors. */
export function errorName(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : '';
}
