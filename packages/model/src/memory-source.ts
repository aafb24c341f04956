import type { ByteSource } from './byte-source.ts';
import { ModelError } from './error.ts';

/** A file whose bytes are in memory. Reads copy, so a caller may transfer what it gets. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.length,
    async read(start, end, signal) {
      checkRange(start, end, bytes.length, signal);
      // Not `slice`: that of a node Buffer is a view.
      return new Uint8Array(bytes.subarray(start, end));
    },
  };
}

/** What every source checks before it reads `[start, end)` of `byteLength` bytes. */
export function checkRange(
  start: number,
  end: number,
  byteLength: number,
  signal: AbortSignal | undefined,
): void {
  if (signal?.aborted) throw new ModelError('aborted', 'reading was stopped');
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end)) {
    throw new ModelError('malformed', `bytes [${start}, ${end}) are no range of a file`);
  }
  if (end > byteLength) {
    throw new ModelError(
      'truncated',
      `the file ends at byte ${byteLength}, before ${end}; fetch it again`,
    );
  }
}
