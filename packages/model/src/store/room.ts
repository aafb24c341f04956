import type { ModelCache } from './piece-cache.ts';
import type { Piece } from './piece-table.ts';

/** Room in the cache for what will be downloaded, asked for once and before it is. */
export interface Room {
  /** Adds groups of pieces that will be read. */
  plan(groups: readonly (readonly Piece[])[]): void;
  /** Resolves when the cache has made what room it may for everything planned. */
  made(): Promise<void>;
}

export function createRoom(cache: Pick<ModelCache, 'has' | 'reserve'>): Room {
  const planned = new Map<number, Piece>();
  let making: Promise<void> | undefined;
  return {
    plan(groups) {
      for (const piece of groups.flat()) {
        if (planned.has(piece.slot)) continue;
        planned.set(piece.slot, piece);
        if (!cache.has(piece.slot)) making = undefined;
      }
    },
    made() {
      const needed = missingBytes(cache, planned.values());
      making ??= needed === 0 ? Promise.resolve() : cache.reserve(needed);
      return making;
    },
  };
}

function missingBytes(cache: Pick<ModelCache, 'has'>, pieces: Iterable<Piece>): number {
  let bytes = 0;
  for (const { slot, start, end } of pieces) if (!cache.has(slot)) bytes += end - start;
  return bytes;
}
