import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from '@manyhands/model/byte-source';
import { ModelError } from '@manyhands/model/error';
import { checkRange } from '@manyhands/model/memory-source';

/** What tells one version of a file from another without reading it. */
export interface FileVersion {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface FileSource extends ByteSource {
  readonly version: FileVersion;
  close(): Promise<void>;
}

/** A file on this machine as a byte source. Throws `not-found`. */
export async function openFileSource(path: string): Promise<FileSource> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw new ModelError('not-found', 'the file cannot be opened; check its name and rights', {
      cause,
    });
  }
  const info = await file.stat();
  return {
    version: { path, size: info.size, mtimeMs: info.mtimeMs },
    byteLength: info.size,
    async read(start, end, signal) {
      checkRange(start, end, info.size, signal);
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) {
          throw new ModelError(
            'truncated',
            'the file became shorter while it was read; copy it again',
          );
        }
        filled += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}
