import type { CandidatesFrame } from '@manyhands/protocol/frame';
import { PeerError } from '../error.ts';
import { PREFILL_CHUNK_TOKENS } from '../limits.ts';
import type { CandidateRow } from './sampler.ts';

/**
 * Where the chunk that begins at `start` ends. No chunk after another has a single row: that would look
 * like a decode step, which hurries ahead of chunks between stages.
 */
export function chunkEnd(start: number, tokenCount: number): number {
  const end = start + PREFILL_CHUNK_TOKENS;
  return end === tokenCount - 1 ? end - 1 : Math.min(end, tokenCount);
}

/** The candidates after each of the last `rowCount` tokens. Throws `bad-frame` where some are missing. */
export function readRows(
  frame: CandidatesFrame | undefined,
  rowCount: number,
  peerId: string | undefined,
): readonly CandidateRow[] {
  if (frame?.headRows !== rowCount || frame.candidateCount === 0) {
    throw new PeerError('bad-frame', 'The last volunteer returned no candidates.', {
      ...(peerId && { peerId }),
    });
  }
  const { candidateCount, candidateIds, logits, logSumExp } = frame;
  return Array.from(logSumExp, (sum, row) => {
    const first = row * candidateCount;
    const end = first + candidateCount;
    return {
      tokenIds: candidateIds.subarray(first, end),
      logits: logits.subarray(first, end),
      logSumExp: sum,
    };
  });
}
