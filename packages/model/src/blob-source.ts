import type { ByteSource } from './byte-source.ts';
import { ModelError } from './error.ts';
import { checkRange } from './memory-source.ts';

/** A file the visitor chose or that lies in OPFS; only what is read comes into memory. */
export function blobSource(blob: Blob): ByteSource {
  return {
    byteLength: blob.size,
    async read(start, end, signal) {
      checkRange(start, end, blob.size, signal);
      let buffer: ArrayBuffer;
      try {
        buffer = await blob.slice(start, end).arrayBuffer();
      } catch (cause) {
        // The browser revokes a File that was moved or changed after it was chosen.
        throw new ModelError('not-found', 'the file cannot be read any more; choose it again', {
          cause,
        });
      }
      if (signal?.aborted) throw new ModelError('aborted', 'reading was stopped');
      return new Uint8Array(buffer);
    },
  };
}
