import { ModelError } from '../error.ts';
import { type Manifest, verifyManifest } from '../manifest.ts';
import type { TensorInfo } from '../tensor.ts';
import { fetchManifest } from './fetch-manifest.ts';
import { createMeter, type Meter, type WeightProgress } from './meter.ts';
import { createMirrors } from './mirrors.ts';
import { openModelCache } from './open-cache.ts';
import type { ModelCache, PieceCache } from './piece-cache.ts';
import { createPieceLoader, type PieceLoader } from './piece-loader.ts';
import { createPieceTable, type Piece, type TensorPieces } from './piece-table.ts';
import { createReadingOrder } from './reading-order.ts';
import { createRoom } from './room.ts';
import { DEFAULT_TIMING, type Timing } from './timing.ts';

export interface WeightStoreOptions {
  /** Names the model: nothing is yielded that this root does not commit to. */
  readonly modelRoot: string;
  readonly manifestUrl: string;
  /** Mirrors of the GGUF file, tried in order after the cache. */
  readonly sourceUrls: readonly string[];
  readonly fetch?: typeof fetch;
  /** OPFS where the browser has it unless stated. */
  readonly cache?: PieceCache;
  readonly onProgress?: (progress: WeightProgress) => void;
  /** Ends opening and every read. */
  readonly signal?: AbortSignal;
  readonly timing?: Timing;
  readonly now?: () => number;
}

/** One model's weights: verified bytes from the cache or the mirrors. */
export interface WeightStore {
  readonly manifest: Manifest;
  /**
   * Says which tensors will be read, so that progress has a total and reading ahead knows what is
   * next. Read them in the order that comes back (file order): out of order works, more slowly.
   */
  plan(tensors: readonly TensorInfo[]): TensorInfo[];
  /** Verified bytes of a tensor in pieces of at most 1 MiB; each buffer is the reader's to transfer. */
  readTensor(tensor: TensorInfo, signal?: AbortSignal): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /**
   * The verified bytes before the first tensor: metadata, vocabulary and tensor index, which
   * `parseWholeGguf` reads.
   */
  readHeader(signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  progress(): WeightProgress;
  /** Stops what is under way and lets go of the cache. Pieces that arrived stay for the next load. */
  close(): void;
}

/** Opens a model by its root. Throws `hash-mismatch` where the relay's manifest is of another one. */
export async function openWeightStore(options: WeightStoreOptions): Promise<WeightStore> {
  const { modelRoot, timing = DEFAULT_TIMING, now = () => performance.now() } = options;
  const fetchBytes = options.fetch ?? ((input, init) => fetch(input, init));
  const signal = options.signal ?? new AbortController().signal;
  const meter = createMeter(options.onProgress, now);
  const { model: cache, isKept } = await openModelCache(modelRoot, options.cache);
  try {
    if (!isKept) meter.cacheIs('temporary');
    const manifest = await fetchManifest(verifyManifest, {
      modelRoot,
      url: options.manifestUrl,
      fetch: fetchBytes,
      cache,
      timing,
      signal,
    });
    const mirrors = createMirrors({
      urls: options.sourceUrls,
      fileBytes: manifest.fileBytes,
      fetch: fetchBytes,
      timing,
      onNetworkBytes: (byteLength) => meter.network(byteLength),
    });
    const loader = createPieceLoader(cache, mirrors, meter);
    return createStore({ manifest, cache, loader, meter, signal });
  } catch (error) {
    cache.close();
    throw error;
  }
}

interface StoreParts {
  readonly manifest: Manifest;
  readonly cache: ModelCache;
  readonly loader: PieceLoader;
  readonly meter: Meter;
  readonly signal: AbortSignal;
}

function createStore({ manifest, cache, loader, meter, signal }: StoreParts): WeightStore {
  const table = createPieceTable(manifest);
  const order = createReadingOrder(meter);
  const room = createRoom(cache);
  const closed = new AbortController();
  const ended = AbortSignal.any([signal, closed.signal]);
  ended.addEventListener('abort', () => loader.cancel());
  let readerCount = 0;
  let isHeaderPlanned = false;

  async function* readPieces(
    pieces: readonly Piece[],
    upcoming: (index: number) => Iterable<Piece>,
    readSignal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const stop = readSignal === undefined ? ended : AbortSignal.any([ended, readSignal]);
    let isComplete = false;
    readerCount += 1;
    try {
      await room.made();
      for (const [index, piece] of pieces.entries()) {
        if (stop.aborted) throw new ModelError('aborted', 'loading the weights was stopped');
        yield await loader.take(piece, upcoming(index), stop);
      }
      isComplete = true;
    } finally {
      readerCount -= 1;
      // Nobody is left who wants what is under way.
      if (!isComplete && readerCount === 0) loader.cancel();
    }
  }

  async function readHeader(readSignal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    if (!isHeaderPlanned) meter.plan(manifest.header.byteLength);
    isHeaderPlanned = true;
    room.plan([table.header]);
    const rest = (index: number) => table.header.slice(index + 1);
    const header = new Uint8Array(manifest.header.byteLength);
    let at = 0;
    for await (const bytes of readPieces(table.header, rest, readSignal)) {
      header.set(bytes, at);
      at += bytes.length;
    }
    return header;
  }

  return {
    manifest,
    plan(tensors) {
      const planned = tensors
        .map((tensor) => findTensor(table.tensors, tensor))
        .sort((a, b) => a.tensor.offset - b.tensor.offset);
      const groups = planned.map(({ pieces }) => pieces);
      order.plan(groups);
      room.plan(groups);
      return planned.map(({ tensor }) => tensor);
    },
    async *readTensor(tensor, readSignal) {
      const { pieces } = findTensor(table.tensors, tensor);
      order.plan([pieces]);
      room.plan([pieces]);
      yield* readPieces(pieces, order.begin(pieces), readSignal);
    },
    readHeader,
    progress: () => meter.read(),
    close() {
      closed.abort();
      cache.close();
    },
  };
}

function findTensor(
  tensors: ReadonlyMap<string, TensorPieces>,
  { name, offset, byteLength }: TensorInfo,
): TensorPieces {
  const found = tensors.get(name);
  if (found?.tensor.offset === offset && found.tensor.byteLength === byteLength) return found;
  throw new ModelError(
    'missing-tensor',
    `the manifest has no ${name} of ${byteLength} bytes at ${offset}; ` +
      'take tensors from the manifest of this store',
  );
}
