import { isPiece, type PieceBytes } from './assemble-pieces.ts';
import {
  CACHE_READS_IN_FLIGHT_MAX,
  READ_AHEAD_BYTES_MAX,
  READ_AHEAD_COUNT_MAX,
  RUNS_IN_FLIGHT_MAX,
} from './limits.ts';
import type { Meter } from './meter.ts';
import type { Mirrors } from './mirrors.ts';
import type { ModelCache } from './piece-cache.ts';
import { type Piece, takeRun } from './piece-table.ts';
import { abortable } from './timing.ts';

/**
 * Brings pieces from the cache or a mirror, verified, and reads ahead: what a reader will ask for
 * next is fetched in a few large requests while it works on what it has.
 */
export interface PieceLoader {
  /** `upcoming` are the pieces that will be taken after this one, in order. */
  take(
    piece: Piece,
    upcoming: Iterable<Piece>,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** Stops everything under way. Pieces that were verified stay in the cache. */
  cancel(): void;
}

export function createPieceLoader(cache: ModelCache, mirrors: Mirrors, meter: Meter): PieceLoader {
  /** Pieces under way or waiting for the reader. */
  const entries = new Map<number, Entry>();
  const taken = new Set<number>();
  const counted = new Set<number>();
  const active = { runs: 0, cacheReads: 0 };
  let aheadBytes = 0;
  let isCacheFull = false;
  let stop = new AbortController();

  const isIdle = (piece: Piece): boolean => !entries.has(piece.slot) && !taken.has(piece.slot);

  function add(piece: Piece): Entry {
    const entry = createEntry(piece);
    entries.set(piece.slot, entry);
    aheadBytes += entry.byteLength;
    // A failure is dropped, so that whoever asks next starts afresh.
    entry.promise.catch(() => drop(entry));
    return entry;
  }

  function drop(entry: Entry): void {
    if (entries.get(entry.slot) !== entry) return;
    entries.delete(entry.slot);
    aheadBytes -= entry.byteLength;
  }

  async function fetchRun(run: readonly Entry[]): Promise<void> {
    const bySlot = new Map(run.map((entry) => [entry.slot, entry]));
    const deliver = async ({ piece, bytes }: PieceBytes): Promise<void> => {
      if (!isCacheFull) await keep(piece, bytes);
      count(piece);
      bySlot.get(piece.slot)?.resolve(bytes);
    };
    active.runs += 1;
    try {
      await mirrors.fetchRun(
        run.map(({ piece }) => piece),
        deliver,
        stop.signal,
      );
    } catch (error) {
      for (const entry of run) entry.reject(error);
    } finally {
      active.runs -= 1;
    }
  }

  function count(piece: Piece): void {
    if (counted.has(piece.slot)) return;
    counted.add(piece.slot);
    meter.loaded(piece.end - piece.start);
  }

  async function keep(piece: Piece, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if ((await cache.write(piece.slot, bytes)) !== 'full') return;
    isCacheFull = true;
    meter.cacheIs('full');
  }

  async function readCached(entry: Entry): Promise<void> {
    active.cacheReads += 1;
    const bytes = await cache.read(entry.slot).finally(() => {
      active.cacheReads -= 1;
    });
    if (bytes !== undefined && (await isPiece(entry.piece, bytes))) {
      count(entry.piece);
      entry.resolve(bytes);
      return;
    }
    if (bytes !== undefined) meter.repaired();
    await fetchRun([entry]);
  }

  /** Starts one piece and, where it comes from the network, the run it begins. */
  function start(piece: Piece, upcoming: readonly Piece[]): void {
    if (cache.has(piece.slot)) {
      const entry = add(piece);
      readCached(entry).catch((error) => entry.reject(error));
      return;
    }
    const room = READ_AHEAD_BYTES_MAX - aheadBytes;
    const run = takeRun(networkRun(piece, upcoming, room));
    // Never rejects: it settles the entries.
    void fetchRun(run.map(add));
  }

  function* networkRun(piece: Piece, upcoming: readonly Piece[], room: number): Generator<Piece> {
    yield piece;
    for (const next of upcoming) {
      if (next.end - piece.start > room || cache.has(next.slot) || !isIdle(next)) return;
      yield next;
    }
  }

  function readAhead(upcoming: readonly Piece[]): void {
    for (const [index, piece] of upcoming.entries()) {
      if (!isIdle(piece)) continue;
      const isCached = cache.has(piece.slot);
      if (aheadBytes + piece.end - piece.start > READ_AHEAD_BYTES_MAX) return;
      if (isCached && active.cacheReads >= CACHE_READS_IN_FLIGHT_MAX) return;
      if (!isCached && active.runs >= RUNS_IN_FLIGHT_MAX) return;
      start(piece, upcoming.slice(index + 1));
    }
  }

  return {
    async take(piece, upcoming, signal) {
      const window = takeWindow(upcoming);
      if (!entries.has(piece.slot)) start(piece, window);
      readAhead(window);
      const entry = entries.get(piece.slot);
      if (entry === undefined) throw new Error('a started piece has an entry');
      entry.readerCount += 1;
      const bytes = await abortable(entry.promise, signal);
      drop(entry);
      taken.add(piece.slot);
      return entry.readerCount > 1 ? bytes.slice() : bytes;
    },
    cancel() {
      stop.abort();
      stop = new AbortController();
    },
  };
}

/** As many upcoming pieces as could ever be read ahead. */
function takeWindow(upcoming: Iterable<Piece>): Piece[] {
  const window: Piece[] = [];
  let byteLength = 0;
  for (const piece of upcoming) {
    byteLength += piece.end - piece.start;
    if (byteLength > READ_AHEAD_BYTES_MAX || window.length === READ_AHEAD_COUNT_MAX) break;
    window.push(piece);
  }
  return window;
}

interface Entry {
  readonly piece: Piece;
  readonly slot: number;
  readonly byteLength: number;
  readonly promise: Promise<Uint8Array<ArrayBuffer>>;
  resolve(bytes: Uint8Array<ArrayBuffer>): void;
  reject(error: unknown): void;
  /** Readers of this entry: only a single one may have the buffer itself, to transfer it. */
  readerCount: number;
}

function createEntry(piece: Piece): Entry {
  let resolve: Entry['resolve'] = () => undefined;
  let reject: Entry['reject'] = () => undefined;
  const promise = new Promise<Uint8Array<ArrayBuffer>>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  const byteLength = piece.end - piece.start;
  return { piece, slot: piece.slot, byteLength, promise, resolve, reject, readerCount: 0 };
}
