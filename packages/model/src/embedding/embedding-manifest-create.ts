import type { ByteSource } from '../byte-source.ts';
import { ModelError } from '../error.ts';
import { MANIFEST_READ_BYTES, PIECE_BYTES } from '../manifest-limits.ts';
import { sha256Hex } from '../sha256.ts';
import type { EmbeddingCard } from './card.ts';
import {
  EMBEDDING_MANIFEST_VERSION,
  type EmbeddingManifest,
  parseEmbeddingManifest,
} from './embedding-manifest.ts';
import { ONNX_FILE_BYTES_MAX, TOKENIZER_FILE_BYTES_MAX } from './limits.ts';
import { createTextTokenizer } from './text-tokenizer.ts';

/** The two files of an embedding model and what its card says. */
export interface EmbeddingSources {
  readonly model: ByteSource;
  readonly tokenizer: ByteSource;
  readonly card: EmbeddingCard;
}

export interface CreateEmbeddingManifestOptions {
  /** Called after each read with the bytes hashed so far and the bytes there are. */
  readonly onProgress?: (hashedBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads both files once and describes them. Throws `unsupported-tokenizer` where nobody could make
 * tokens, `malformed` where the first file is no ONNX model.
 */
export async function createEmbeddingManifest(
  { model, tokenizer, card }: EmbeddingSources,
  options: CreateEmbeddingManifestOptions = {},
): Promise<EmbeddingManifest> {
  const { signal, onProgress } = options;
  const tokenizerBytes = await lengthOf(tokenizer, TOKENIZER_FILE_BYTES_MAX, signal);
  const modelBytes = await lengthOf(model, ONNX_FILE_BYTES_MAX, signal);
  const totalBytes = tokenizerBytes + modelBytes;
  // The tokenizer first: what cannot be served must not cost a download of gigabytes.
  const json = await tokenizer.read(0, tokenizerBytes, signal);
  createTextTokenizer(new TextDecoder().decode(json));
  await checkStart(model, signal);
  const tokenizerPieces = await hashPieces(json);
  const modelPieces: string[] = [];
  for (let start = 0; start < modelBytes; start += MANIFEST_READ_BYTES) {
    const end = Math.min(start + MANIFEST_READ_BYTES, modelBytes);
    modelPieces.push(...(await hashPieces(await model.read(start, end, signal))));
    onProgress?.(tokenizerBytes + end, totalBytes);
  }
  return parseEmbeddingManifest({
    version: EMBEDDING_MANIFEST_VERSION,
    kind: 'embedding',
    card,
    model: { byteLength: modelBytes, pieces: modelPieces },
    tokenizer: { byteLength: tokenizerBytes, pieces: tokenizerPieces },
  });
}

/** A source behind a URL knows its length once something of it was read. */
async function lengthOf(source: ByteSource, bytesMax: number, signal: AbortSignal | undefined) {
  if (source.byteLength === undefined) await source.read(0, 1, signal);
  const { byteLength } = source;
  if (byteLength !== undefined && byteLength > 0 && byteLength <= bytesMax) return byteLength;
  throw new ModelError(
    'malformed',
    byteLength === undefined || byteLength === 0
      ? 'a file of the model is empty or does not say how long it is'
      : `a file of the model has ${byteLength} bytes; at most ${bytesMax} can be loaded by a tab`,
  );
}

/** Every ONNX file begins with its version of the format: field 1, a small number. */
async function checkStart(model: ByteSource, signal: AbortSignal | undefined): Promise<void> {
  const [tag, version] = await model.read(0, Math.min(2, model.byteLength ?? 2), signal);
  if (tag === 8 && version !== undefined && version > 0 && version < 128) return;
  throw new ModelError('malformed', 'the file is no ONNX model; check which file was given');
}

async function hashPieces(bytes: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    pieces.push(await sha256Hex(bytes.subarray(start, start + PIECE_BYTES)));
  }
  return pieces;
}
