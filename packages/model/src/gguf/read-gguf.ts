import type { ByteSource } from '../byte-source.ts';
import { ModelError } from '../error.ts';
import { GGUF_FIRST_READ_BYTES, GGUF_HEADER_BYTES_MAX } from '../limits.ts';
import type { GgufHeader } from './header.ts';
import { parseGguf } from './parse-gguf.ts';

/**
 * Reads the header of a GGUF file in as few reads as it takes: each one at least doubles what is at
 * hand, none fetches a byte twice.
 */
export async function readGguf(source: ByteSource, signal?: AbortSignal): Promise<GgufHeader> {
  let bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  let bytesMin = 1;
  for (;;) {
    const wanted = Math.max(bytesMin, 2 * bytes.length, GGUF_FIRST_READ_BYTES);
    bytes = await extend(source, bytes, Math.min(wanted, GGUF_HEADER_BYTES_MAX), signal);
    const parsed = parseGguf(bytes, source.byteLength);
    if (parsed.type === 'header') return parsed.header;
    bytesMin = parsed.bytesMin;
    if (bytesMin > GGUF_HEADER_BYTES_MAX) throw headerTooLarge(bytesMin);
    if (source.byteLength !== undefined && bytesMin > source.byteLength) {
      throw new ModelError(
        'truncated',
        `the file ends at byte ${source.byteLength} but its header goes on to ${bytesMin}; ` +
          'fetch it again',
      );
    }
  }
}

/** `bytes` followed by the file's next ones, up to `end` or the end of the file. */
async function extend(
  source: ByteSource,
  bytes: Uint8Array<ArrayBuffer>,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const start = bytes.length;
  const known = source.byteLength;
  let next: Uint8Array<ArrayBuffer>;
  try {
    next = await source.read(start, Math.min(end, known ?? end), signal);
  } catch (error) {
    // A file shorter than the first read: a source that did not know its size knows it now.
    const learned = source.byteLength;
    const isShort = error instanceof ModelError && error.code === 'truncated';
    if (!isShort || known !== undefined || learned === undefined || learned <= start) throw error;
    next = await source.read(start, Math.min(end, learned), signal);
  }
  if (start === 0) return next;
  const extended = new Uint8Array(start + next.length);
  extended.set(bytes);
  extended.set(next, start);
  return extended;
}

function headerTooLarge(bytesMin: number): ModelError {
  return new ModelError(
    'malformed',
    `the header takes ${bytesMin} bytes or more, over the limit of ${GGUF_HEADER_BYTES_MAX}`,
  );
}
