import type { Chunk, Segment } from './backend.ts';
import { CHUNK_TOKENS_MAX } from './limits.ts';
import type { SessionRange, StepRequest } from './stage.ts';

/** A checked step with what its session holds. */
export interface PreparedStep {
  readonly request: StepRequest;
  readonly range: SessionRange;
  readonly pages: readonly number[];
}

export interface CutChunk extends Chunk {
  /** For each segment, which of the steps it belongs to. */
  readonly stepOf: readonly number[];
}

/**
 * The chunks of a pass: every row once, rows of a step in order, steps that use the same part of the
 * stage together. Short steps come first, so that a decode row never waits behind a prefill.
 */
export function cutPass(steps: readonly PreparedStep[], hiddenSize: number): CutChunk[] {
  const groups = new Map<string, number[]>();
  for (const [index, { range }] of steps.entries()) {
    const key = `${range.firstBlock} ${range.endBlock} ${range.embeds} ${range.heads}`;
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups.values()].flatMap((group) => cutGroup(steps, group, hiddenSize));
}

function cutGroup(
  steps: readonly PreparedStep[],
  group: readonly number[],
  hiddenSize: number,
): CutChunk[] {
  const stepAt = (index: number): PreparedStep => steps[index] as PreparedStep;
  const order = group.toSorted(
    (a, b) => stepAt(a).request.tokenCount - stepAt(b).request.tokenCount,
  );
  const { range } = stepAt(order[0] as number);
  const chunks: { segments: Segment[]; stepOf: number[] }[] = [];
  let room = 0;
  for (const index of order) {
    const { tokenCount } = stepAt(index).request;
    for (let first = 0; first < tokenCount; ) {
      if (room === 0) {
        chunks.push({ segments: [], stepOf: [] });
        room = CHUNK_TOKENS_MAX;
      }
      const end = Math.min(tokenCount, first + room);
      chunks.at(-1)?.segments.push(cutSegment(stepAt(index), first, end, hiddenSize));
      chunks.at(-1)?.stepOf.push(index);
      room -= end - first;
      first = end;
    }
  }
  return chunks.map((chunk) => ({ range, ...chunk }));
}

function cutSegment(
  { request, pages }: PreparedStep,
  first: number,
  end: number,
  hiddenSize: number,
): Segment {
  const { position, tokenCount, tokenIds, hidden, headRows } = request;
  const input = hidden?.subarray(first * hiddenSize, end * hiddenSize);
  return {
    position: position + first,
    tokenCount: end - first,
    input: input ?? (tokenIds as Uint32Array<ArrayBuffer>).subarray(first, end),
    headRows: Math.max(0, Math.min(end - first, end - (tokenCount - headRows))),
    pages,
  };
}
