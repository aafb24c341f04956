import { ModelError } from '../error.ts';
import {
  GGUF_ALIGNMENT_BYTES_MAX,
  GGUF_KEY_BYTES_MAX,
  GGUF_METADATA_COUNT_MAX,
  GGUF_TENSOR_COUNT_MAX,
} from '../limits.ts';
import { type Cursor, createCursor, ShortRead } from './cursor.ts';
import type { GgufHeader, GgufMetadata, GgufValue } from './header.ts';
import { parseTensorIndex } from './parse-tensor-index.ts';
import { parseValue } from './parse-value.ts';

export type ParsedGguf =
  | { readonly type: 'header'; readonly header: GgufHeader }
  /** The header goes on: parse again with at least `bytesMin` bytes. */
  | { readonly type: 'short'; readonly bytesMin: number };

/**
 * Parses the first bytes of a GGUF file (version 2 or 3, little-endian). Every count is checked
 * against a limit and against the bytes at hand before anything is allocated for it.
 */
export function parseGguf(bytes: Uint8Array, fileBytes?: number): ParsedGguf {
  try {
    return { type: 'header', header: parseHeader(createCursor(bytes), fileBytes) };
  } catch (error) {
    if (error instanceof ShortRead) return { type: 'short', bytesMin: error.bytesMin };
    throw error;
  }
}

/** Parses a header that a manifest vouches for. Throws `truncated` where it goes on. */
export function parseWholeGguf(bytes: Uint8Array, fileBytes?: number): GgufHeader {
  const parsed = parseGguf(bytes, fileBytes);
  if (parsed.type === 'header') return parsed.header;
  throw new ModelError('truncated', 'the header ends early; the relay has to hash it again');
}

function parseHeader(cursor: Cursor, fileBytes: number | undefined): GgufHeader {
  const version = parseVersion(cursor);
  const tensorCount = cursor.count(GGUF_TENSOR_COUNT_MAX, 'the tensor count');
  const metadataCount = cursor.count(GGUF_METADATA_COUNT_MAX, 'the metadata count');
  const metadata = parseMetadata(cursor, metadataCount);
  const alignment = readAlignment(metadata);
  const index = parseTensorIndex(cursor, { tensorCount, alignment, fileBytes });
  return {
    version,
    metadata,
    ...index,
    alignment,
    ...(fileBytes === undefined ? {} : { fileBytes }),
  };
}

function parseVersion(cursor: Cursor): 2 | 3 {
  if (cursor.uint32() !== MAGIC) {
    throw new ModelError('not-gguf', 'the file does not start with "GGUF"; choose a .gguf model');
  }
  const version = cursor.uint32();
  if (version === 2 || version === 3) return version;
  // A small number whose bytes are swapped: the writer was big-endian.
  const isBigEndian = (version & 0xffff) === 0 && version !== 0;
  throw new ModelError(
    'unsupported-version',
    isBigEndian
      ? 'the file is big-endian GGUF; convert the model on a little-endian machine'
      : `GGUF version ${version} is not 2 or 3; convert the model again with a current tool`,
  );
}

/** "GGUF" read as a little-endian word. */
const MAGIC = 0x4655_4747;

function parseMetadata(cursor: Cursor, count: number): GgufMetadata {
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < count; i += 1) {
    const key = cursor.text(GGUF_KEY_BYTES_MAX, 'a metadata key', true);
    if (metadata.has(key)) throw new ModelError('malformed', `the key ${key} appears twice`);
    metadata.set(key, parseValue(cursor, key));
  }
  return metadata;
}

const ALIGNMENT_DEFAULT = 32;

function readAlignment(metadata: GgufMetadata): number {
  const alignment = metadata.get('general.alignment') ?? ALIGNMENT_DEFAULT;
  const isPowerOfTwo = typeof alignment === 'number' && Number.isInteger(Math.log2(alignment));
  if (!isPowerOfTwo || alignment < 1 || alignment > GGUF_ALIGNMENT_BYTES_MAX) {
    throw new ModelError(
      'malformed',
      `general.alignment must be a power of two up to ${GGUF_ALIGNMENT_BYTES_MAX}`,
    );
  }
  return alignment;
}
