import { PIECE_BYTES } from '../manifest-limits.ts';
import { fetchManifest } from '../store/fetch-manifest.ts';
import { createMeter, type WeightProgress } from '../store/meter.ts';
import { createMirrors } from '../store/mirrors.ts';
import { openModelCache } from '../store/open-cache.ts';
import type { PieceCache } from '../store/piece-cache.ts';
import { createPieceLoader } from '../store/piece-loader.ts';
import type { Piece } from '../store/piece-table.ts';
import { createRoom } from '../store/room.ts';
import { DEFAULT_TIMING, type Timing } from '../store/timing.ts';
import { type EmbeddingManifest, verifyEmbeddingManifest } from './embedding-manifest.ts';

export interface EmbeddingStoreOptions {
  /** Names the model: nothing is returned that this root does not commit to. */
  readonly modelRoot: string;
  readonly manifestUrl: string;
  /** Mirrors of the ONNX file, tried in order after the cache. */
  readonly sourceUrls: readonly string[];
  /** Mirrors of its tokenizer.json. */
  readonly tokenizerUrls: readonly string[];
  readonly fetch?: typeof fetch;
  /** OPFS where the browser has it unless stated. */
  readonly cache?: PieceCache;
  readonly onProgress?: (progress: WeightProgress) => void;
  /** Ends opening and every read. */
  readonly signal?: AbortSignal;
  readonly timing?: Timing;
  readonly now?: () => number;
}

/** An embedding model's two files: verified bytes from the cache or the mirrors. */
export interface EmbeddingStore {
  readonly manifest: EmbeddingManifest;
  /** The ONNX file, whole; the buffer is the reader's to transfer. */
  readModel(): Promise<Uint8Array<ArrayBuffer>>;
  /** The text of tokenizer.json. */
  readTokenizer(): Promise<string>;
  progress(): WeightProgress;
  /** Stops what is under way and lets go of the cache. */
  close(): void;
}

/** Opens an embedding model by its root. Throws `hash-mismatch` where the manifest is of another. */
export async function openEmbeddingStore(options: EmbeddingStoreOptions): Promise<EmbeddingStore> {
  const { modelRoot, timing = DEFAULT_TIMING, now = () => performance.now() } = options;
  const fetchBytes = options.fetch ?? ((input, init) => fetch(input, init));
  const closed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, closed.signal]) : closed.signal;
  const meter = createMeter(options.onProgress, now);
  const { model: cache, isKept } = await openModelCache(modelRoot, options.cache);
  let manifest: EmbeddingManifest;
  try {
    if (!isKept) meter.cacheIs('temporary');
    manifest = await fetchManifest(verifyEmbeddingManifest, {
      modelRoot,
      url: options.manifestUrl,
      fetch: fetchBytes,
      cache,
      timing,
      signal,
    });
  } catch (error) {
    cache.close();
    throw error;
  }

  const read = async (file: EmbeddingFile, urls: readonly string[]) => {
    meter.plan(file.byteLength);
    const onNetworkBytes = (byteLength: number): void => meter.network(byteLength);
    const { byteLength: fileBytes, pieces } = file;
    const mirrors = createMirrors({ urls, fileBytes, fetch: fetchBytes, timing, onNetworkBytes });
    const loader = createPieceLoader(cache, mirrors, meter);
    const onAbort = (): void => loader.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    const bytes = new Uint8Array(fileBytes);
    const room = createRoom(cache);
    room.plan([pieces]);
    try {
      await room.made();
      for (const [index, piece] of pieces.entries()) {
        bytes.set(await loader.take(piece, pieces.slice(index + 1), signal), piece.start);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      loader.cancel();
    }
    return bytes;
  };

  const { model, tokenizer } = cutFiles(manifest);
  return {
    manifest,
    readModel: () => read(model, options.sourceUrls),
    readTokenizer: async () =>
      new TextDecoder().decode(await read(tokenizer, options.tokenizerUrls)),
    progress: () => meter.read(),
    close() {
      closed.abort();
      cache.close();
    },
  };
}

interface EmbeddingFile {
  readonly byteLength: number;
  readonly pieces: readonly Piece[];
}

/** Slots of the cache count the pieces of the model first, then those of its tokenizer. */
function cutFiles({ model, tokenizer }: EmbeddingManifest) {
  const cut = (file: EmbeddingManifest['model'], firstSlot: number): EmbeddingFile => ({
    byteLength: file.byteLength,
    pieces: file.pieces.map((hash, index) => {
      const start = index * PIECE_BYTES;
      const end = Math.min(start + PIECE_BYTES, file.byteLength);
      return { slot: firstSlot + index, start, end, hash };
    }),
  });
  return { model: cut(model, 0), tokenizer: cut(tokenizer, model.pieces.length) };
}
