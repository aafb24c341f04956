import type { Segment } from '../../backend.ts';
import { CHUNK_TOKENS_MAX, SPLIT_ROWS_MAX } from '../../limits.ts';
import { PAGE_POSITIONS } from '../../stage.ts';

/** Rows of one session that share what attention reads of its cache. */
export const TILE_ROWS_MAX = 4;

/** See `page.wgsl`: two words for each row, two for each tile, then page tables. */
const TILES_AT = 2 * CHUNK_TOKENS_MAX;
const TABLES_AT = 4 * CHUNK_TOKENS_MAX;

/** Where each row of a chunk stands, as kernels read it, and how attention is laid out for it. */
export interface ChunkRows {
  /** Overwritten by the next chunk. */
  readonly words: Uint32Array<ArrayBuffer>;
  readonly tileCount: number;
  readonly tileRows: number;
  /** Positions of the row that has most. */
  readonly lengthMax: number;
}

export interface ChunkRowsWriter {
  readonly byteLength: number;
  write(segments: readonly Segment[]): ChunkRows;
}

/** One array for all chunks, as long as the longest that sessions of `positionsMax` can make. */
export function createChunkRows(positionsMax: number): ChunkRowsWriter {
  const pagesMax = Math.ceil(positionsMax / PAGE_POSITIONS);
  const all = new Uint32Array(TABLES_AT + CHUNK_TOKENS_MAX * pagesMax);
  return {
    byteLength: all.byteLength,
    write(segments) {
      let row = 0;
      let tileCount = 0;
      let tileRows = 1;
      let lengthMax = 0;
      let tableAt = TABLES_AT;
      for (const { position, tokenCount, pages } of segments) {
        for (let i = 0; i < tokenCount; i += 1) {
          all[2 * (row + i)] = position + i;
          all[2 * (row + i) + 1] = tableAt;
        }
        for (let first = 0; first < tokenCount; first += TILE_ROWS_MAX) {
          const count = Math.min(TILE_ROWS_MAX, tokenCount - first);
          all[TILES_AT + 2 * tileCount] = row + first;
          all[TILES_AT + 2 * tileCount + 1] = count;
          tileCount += 1;
          tileRows = Math.max(tileRows, count);
        }
        // A page table may reach beyond this segment: its session's step goes on in the next chunk.
        const pageCount = Math.ceil((position + tokenCount) / PAGE_POSITIONS);
        for (let i = 0; i < pageCount; i += 1) all[tableAt + i] = pages[i] as number;
        tableAt += pageCount;
        row += tokenCount;
        lengthMax = Math.max(lengthMax, position + tokenCount);
      }
      return { words: all.subarray(0, tableAt), tileCount, tileRows, lengthMax };
    },
  };
}

/** How attention over long contexts is cut; one part is no cut. */
export interface AttentionSplit {
  readonly splitCount: number;
  readonly splitPositions: number;
}

/** Parts of one row's positions that partial results have room for. */
export const SPLITS_MAX = 32;

/** Below, one workgroup for each key/value head is done before a second launch would be. */
const SPLIT_LENGTH_MIN = 512;

/** What a workgroup goes over at a time: no part is shorter. */
const TILE_POSITIONS = 128;

/**
 * Few rows over a long context leave most of a GPU idle unless their positions are spread.
 */
export function chooseAttentionSplit(
  hasSplits: boolean,
  rowCount: number,
  lengthMax: number,
): AttentionSplit {
  const isLong = lengthMax >= SPLIT_LENGTH_MIN;
  if (!hasSplits || rowCount > SPLIT_ROWS_MAX || !isLong) {
    return { splitCount: 1, splitPositions: lengthMax };
  }
  const parts = Math.min(SPLITS_MAX, Math.ceil(lengthMax / TILE_POSITIONS));
  const splitPositions = Math.ceil(lengthMax / parts / TILE_POSITIONS) * TILE_POSITIONS;
  return { splitCount: Math.ceil(lengthMax / splitPositions), splitPositions };
}
