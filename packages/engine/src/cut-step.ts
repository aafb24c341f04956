import { CHUNK_TOKENS_MAX } from './limits.ts';
import type { StepRequest } from './stage.ts';

/** At most `CHUNK_TOKENS_MAX` rows of a step. */
export interface StepChunk {
  readonly position: number;
  readonly tokenCount: number;
  readonly input: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  /** Last rows whose candidates are wanted. */
  readonly headRows: number;
  readonly hiddenSize: number;
}

/** The chunks of a checked step, in order. */
export function* cutStep(request: StepRequest, hiddenSize: number): Generator<StepChunk> {
  const { position, tokenCount, tokenIds, hidden, headRows } = request;
  for (let first = 0; first < tokenCount; first += CHUNK_TOKENS_MAX) {
    const end = Math.min(first + CHUNK_TOKENS_MAX, tokenCount);
    const input = hidden?.subarray(first * hiddenSize, end * hiddenSize);
    yield {
      position: position + first,
      tokenCount: end - first,
      input: input ?? (tokenIds as Uint32Array<ArrayBuffer>).subarray(first, end),
      headRows: Math.max(0, Math.min(end - first, end - (tokenCount - headRows))),
      hiddenSize,
    };
  }
}
