import type { ByteSource } from './byte-source.ts';
import { ModelError } from './error.ts';
import type { GgufHeader } from './gguf/header.ts';
import { readConfig } from './gguf/read-config.ts';
import { readGguf } from './gguf/read-gguf.ts';
import { MANIFEST_VERSION, type Manifest, parseManifest } from './manifest.ts';
import { MANIFEST_READ_BYTES, PIECE_BYTES } from './manifest-limits.ts';
import { sha256Hex } from './sha256.ts';

export interface CreateManifestOptions {
  /** Called after each read with the bytes hashed so far and the bytes there are. */
  readonly onProgress?: (hashedBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads a GGUF file once, front to back, and describes it. Memory stays under two reads plus the
 * header. The result has passed `parseManifest`, so a file that cannot be served fails here.
 */
export async function createManifest(
  source: ByteSource,
  options: CreateManifestOptions = {},
): Promise<Manifest> {
  const header = await readGguf(source, options.signal);
  const parts = [headerPart(header), ...tensorParts(header)];
  const config = readConfig(header);
  const fileBytes = header.fileBytes ?? source.byteLength ?? endOf(parts);
  const manifest = (): unknown => {
    const [{ byteLength, pieces }, ...tensors] = parts as [Part, ...Part[]];
    return {
      version: MANIFEST_VERSION,
      fileBytes,
      header: { byteLength, pieces },
      config,
      tensors,
    };
  };
  // With empty hashes first: what cannot be served must not cost a download of gigabytes.
  for (const part of parts) part.pieces.push(...placeholders(part.byteLength));
  parseManifest(manifest());
  for (const part of parts) part.pieces.length = 0;
  await hashParts(source, parts, options);
  return parseManifest(manifest());
}

function headerPart({ headerBytes }: GgufHeader): Part {
  return { offset: 0, byteLength: headerBytes, pieces: [] };
}

function tensorParts({ tensors }: GgufHeader): Part[] {
  return tensors
    .map((tensor) => ({ ...tensor, dims: [...tensor.dims], pieces: [] }))
    .sort((a, b) => a.offset - b.offset);
}

async function hashParts(
  source: ByteSource,
  parts: readonly Part[],
  { onProgress, signal }: CreateManifestOptions,
): Promise<void> {
  const totalBytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  let hashedBytes = 0;
  const runs = planRuns(parts);
  let next = startRead(source, runs[0], signal);
  for (const [index, run] of runs.entries()) {
    const bytes = await next;
    // The next read is under way while this one is hashed.
    next = startRead(source, runs[index + 1], signal);
    for (const piece of run.pieces) {
      const view = bytes.subarray(piece.start - run.start, piece.end - run.start);
      piece.part.pieces.push(await sha256Hex(view));
      hashedBytes += piece.end - piece.start;
    }
    onProgress?.(hashedBytes, totalBytes);
    if (signal?.aborted) throw new ModelError('aborted', 'hashing the model was stopped');
  }
}

interface Part {
  readonly offset: number;
  readonly byteLength: number;
  readonly pieces: string[];
}

interface PieceRange {
  readonly part: Part;
  readonly start: number;
  readonly end: number;
}

/** Pieces read together: `end - start` is at most `MANIFEST_READ_BYTES`. */
interface Run {
  readonly start: number;
  end: number;
  readonly pieces: PieceRange[];
}

function planRuns(parts: readonly Part[]): Run[] {
  const runs: Run[] = [];
  for (const part of parts) {
    const partEnd = part.offset + part.byteLength;
    for (let start = part.offset; start < partEnd; start += PIECE_BYTES) {
      const end = Math.min(start + PIECE_BYTES, partEnd);
      const last = runs.at(-1);
      if (last !== undefined && start >= last.end && end - last.start <= MANIFEST_READ_BYTES) {
        last.end = end;
        last.pieces.push({ part, start, end });
      } else {
        runs.push({ start, end, pieces: [{ part, start, end }] });
      }
    }
  }
  return runs;
}

function startRead(source: ByteSource, run: Run | undefined, signal: AbortSignal | undefined) {
  const read = run === undefined ? emptyRead() : source.read(run.start, run.end, signal);
  // Awaited in the next round of the loop; until then a failure must not count as unhandled.
  read.catch(() => undefined);
  return read;
}

async function emptyRead(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(0);
}

function placeholders(byteLength: number): string[] {
  return Array.from({ length: Math.ceil(byteLength / PIECE_BYTES) }, () => '0'.repeat(64));
}

function endOf(parts: readonly Part[]): number {
  return Math.max(...parts.map((part) => part.offset + part.byteLength));
}
