import { ModelError } from '../error.ts';
import { sha256Hex } from '../sha256.ts';
import type { Piece } from './piece-table.ts';

export interface PieceBytes {
  readonly piece: Piece;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Cuts a stream that starts at the first piece of `run` into its pieces, each verified before it is
 * yielded. Throws `hash-mismatch` at the first one that is not what the manifest says.
 */
export async function* assemblePieces(
  run: readonly Piece[],
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  url: string,
): AsyncGenerator<PieceBytes> {
  let index = 0;
  let position = run[0]?.start ?? 0;
  let bytes = new Uint8Array(0);
  for await (const chunk of chunks) {
    let used = 0;
    while (used < chunk.length) {
      const piece = run[index];
      if (piece === undefined) return;
      if (position < piece.start) {
        // Alignment padding between two tensors.
        const skipped = Math.min(piece.start - position, chunk.length - used);
        position += skipped;
        used += skipped;
        continue;
      }
      if (position === piece.start) bytes = new Uint8Array(piece.end - piece.start);
      const taken = Math.min(piece.end - position, chunk.length - used);
      bytes.set(chunk.subarray(used, used + taken), position - piece.start);
      position += taken;
      used += taken;
      if (position < piece.end) continue;
      if (!(await isPiece(piece, bytes))) throw badPiece(piece, url);
      index += 1;
      yield { piece, bytes };
    }
  }
}

/** Whether `bytes` are what the manifest says about `piece`. */
export async function isPiece(piece: Piece, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return bytes.length === piece.end - piece.start && (await sha256Hex(bytes)) === piece.hash;
}

function badPiece(piece: Piece, url: string): ModelError {
  return new ModelError(
    'hash-mismatch',
    `bytes ${piece.start} to ${piece.end} from ${url} are not what the manifest promises; ` +
      'nothing of them was used. Choose another model, or tell the operator that the file changed',
  );
}
