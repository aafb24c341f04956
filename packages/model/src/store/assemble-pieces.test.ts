import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../sha256.ts';
import { assemblePieces } from './assemble-pieces.ts';
import type { Piece } from './piece-table.ts';

const file = Uint8Array.from({ length: 100 }, (_, index) => (index * 7) % 251);
const run: Piece[] = await Promise.all(
  [
    [10, 20],
    [20, 21],
    // Padding between 21 and 32.
    [32, 64],
    [64, 90],
  ].map(async ([start = 0, end = 0], slot) => {
    return { slot, start, end, hash: await sha256Hex(file.slice(start, end)) };
  }),
);

describe('assemblePieces', () => {
  it('finds the same pieces however the stream is cut', async () => {
    const cuts = fc.array(fc.integer({ min: 10, max: 90 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cuts, async (positions) => {
        const edges = [10, ...positions.sort((a, b) => a - b), 90];
        const chunks = edges.slice(1).map((end, index) => file.slice(edges[index], end));
        const pieces = [];
        for await (const { piece, bytes } of assemblePieces(run, streamOf(chunks), 'here')) {
          expect(bytes).toEqual(file.slice(piece.start, piece.end));
          pieces.push(piece.slot);
        }
        expect(pieces).toEqual([0, 1, 2, 3]);
      }),
    );
  });

  it('yields what is before a wrong byte and nothing after it', async () => {
    for (let at = 10; at < 90; at += 1) {
      const wrong = file.slice(10, 90);
      wrong[at - 10] = (wrong[at - 10] ?? 0) ^ 0x80;
      const good = run.filter(({ end }) => end <= at).map(({ slot }) => slot);
      const seen: number[] = [];
      const reading = (async () => {
        for await (const { piece } of assemblePieces(run, streamOf([wrong]), 'here')) {
          seen.push(piece.slot);
        }
      })();
      const isPadding = at >= 21 && at < 32;
      if (isPadding) await reading;
      else await expect(reading).rejects.toMatchObject({ code: 'hash-mismatch' });
      expect(seen).toEqual(isPadding ? [0, 1, 2, 3] : good);
    }
  });
});

async function* streamOf(chunks: readonly Uint8Array<ArrayBuffer>[]) {
  yield* chunks;
}
