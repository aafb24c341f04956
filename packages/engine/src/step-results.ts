import { EngineError } from './error.ts';
import { CANDIDATE_COUNT_MAX, type Candidates, type StepResult } from './stage.ts';
import { checkFinite } from './step-checks.ts';

/** Words of one row of candidates as kernels write it: 64 ids, 64 logits, the log-sum-exp. */
export const CANDIDATE_ROW_WORDS = 2 * CANDIDATE_COUNT_MAX + 1;

export function candidateCount(vocabSize: number): number {
  return Math.min(CANDIDATE_COUNT_MAX, vocabSize);
}

/** One step's hidden states from those of its chunks. */
export function hiddenResult(chunks: readonly ArrayBuffer[]): StepResult {
  const hidden = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0) / 4);
  let at = 0;
  for (const chunk of chunks) {
    hidden.set(new Float32Array(chunk), at);
    at += chunk.byteLength / 4;
  }
  checkFinite(hidden, 'the hidden states that this stage computed');
  return { hidden };
}

/** One step's candidates from the rows that its chunks read back. */
export function candidatesResult(chunks: readonly ArrayBuffer[], vocabSize: number): StepResult {
  const count = candidateCount(vocabSize);
  const rowBytes = CANDIDATE_ROW_WORDS * 4;
  const rowCount = chunks.reduce((sum, chunk) => sum + chunk.byteLength / rowBytes, 0);
  const candidates: Candidates = {
    rowCount,
    candidateCount: count,
    tokenIds: new Uint32Array(rowCount * count),
    logits: new Float32Array(rowCount * count),
    logSumExp: new Float32Array(rowCount),
  };
  let row = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += rowBytes) {
      candidates.tokenIds.set(new Uint32Array(chunk, at, count), row * count);
      const logits = new Float32Array(chunk, at + CANDIDATE_COUNT_MAX * 4, count);
      candidates.logits.set(logits, row * count);
      candidates.logSumExp.set(new Float32Array(chunk, at + rowBytes - 4, 1), row);
      row += 1;
    }
  }
  checkFinite(candidates.logits, 'the logits that this stage computed');
  checkFinite(candidates.logSumExp, 'the logits that this stage computed');
  if (candidates.tokenIds.some((id) => id >= vocabSize)) {
    throw new EngineError('non-finite', 'the head gave no valid candidates; load the stage again');
  }
  return { candidates };
}
