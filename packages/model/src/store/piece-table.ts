import type { Manifest, ManifestTensor } from '../manifest.ts';
import { PIECE_BYTES } from '../manifest-limits.ts';
import { RUN_BYTES_MAX, RUN_GAP_BYTES_MAX } from './limits.ts';

/** One piece: bytes `[start, end)` of the file. Slots count header pieces first, then tensors. */
export interface Piece {
  readonly slot: number;
  readonly start: number;
  readonly end: number;
  readonly hash: string;
}

/** Every piece of a model. The numbering follows from the manifest, so it is stable for a root. */
export interface PieceTable {
  readonly header: readonly Piece[];
  /** By tensor name. */
  readonly tensors: ReadonlyMap<string, TensorPieces>;
}

export interface TensorPieces {
  readonly tensor: ManifestTensor;
  readonly pieces: readonly Piece[];
}

export function createPieceTable(manifest: Manifest): PieceTable {
  let slot = 0;
  const cut = (offset: number, byteLength: number, hashes: readonly string[]): Piece[] =>
    hashes.map((hash, index) => {
      const start = offset + index * PIECE_BYTES;
      const piece = { slot, start, end: Math.min(start + PIECE_BYTES, offset + byteLength), hash };
      slot += 1;
      return piece;
    });
  const header = cut(0, manifest.header.byteLength, manifest.header.pieces);
  const tensors = manifest.tensors.map((tensor): [string, TensorPieces] => [
    tensor.name,
    { tensor, pieces: cut(tensor.offset, tensor.byteLength, tensor.pieces) },
  ]);
  return { header, tensors: new Map(tensors) };
}

/**
 * The longest run of pieces from the first one that a single Range request should fetch: next to
 * each other in the file but for alignment padding, and at most `RUN_BYTES_MAX`.
 */
export function takeRun(pieces: Iterable<Piece>): Piece[] {
  const run: Piece[] = [];
  for (const piece of pieces) {
    const first = run[0] ?? piece;
    const previous = run.at(-1) ?? piece;
    const gap = run.length === 0 ? 0 : piece.start - previous.end;
    if (gap < 0 || gap > RUN_GAP_BYTES_MAX || piece.end - first.start > RUN_BYTES_MAX) break;
    run.push(piece);
  }
  return run;
}
