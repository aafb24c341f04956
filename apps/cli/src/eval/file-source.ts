import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from '@manyhands/model/byte-source';
import { ModelError } from '@manyhands/model/error';
import { checkRange } from '@manyhands/model/memory-source';
import { CliError } from '../error.ts';

export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/** A file on this disk. Throws `not-found` when there is none to read. */
export async function openFileSource(path: string): Promise<FileSource> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw notAFile(path, cause);
  }
  const info = await file.stat();
  if (!info.isFile()) {
    await file.close();
    throw notAFile(path);
  }
  return {
    byteLength: info.size,
    async read(start, end, signal) {
      checkRange(start, end, info.size, signal);
      const bytes = new Uint8Array(end - start);
      for (let filled = 0; filled < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) throw new ModelError('truncated', `${path} became shorter; try again`);
        filled += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

function notAFile(path: string, cause?: unknown): CliError {
  return new CliError('not-found', `${path} is not a file that can be read. Check the path.`, {
    cause,
  });
}
