import { decodeFrame } from '@manyhands/protocol/frame';
import { REPLAY_CHUNK_TOKENS } from '../limits.ts';

/** Bytes that all sessions of a stage keep together. */
export interface RetainedBudget {
  readonly bytesMax: number;
  bytes: number;
}

export interface ReplayChunk {
  readonly position: number;
  readonly tokenCount: number;
  /** `[tokenCount, hiddenSize]`, as the stage after got it. */
  readonly hidden: Float32Array<ArrayBuffer>;
}

/**
 * The hidden states a stage sent for each position of a session, as they went over the wire: a
 * replacement of the stage after must see the same numbers, or the text could change.
 */
export interface RetainedRows {
  /** A sent frame; what was kept from its position on is void. */
  add(position: number, tokenCount: number, frame: Uint8Array<ArrayBuffer>): void;
  /** Positions `[from, to)` in chunks; undefined where some of them were not kept. */
  read(from: number, to: number): readonly ReplayChunk[] | undefined;
  clear(): void;
}

interface Kept {
  readonly position: number;
  tokenCount: number;
  readonly frame: Uint8Array<ArrayBuffer>;
}

/** Beyond the budget a session keeps nothing any more, and a loss after it costs a prefill of everything. */
export function createRetainedRows(budget: RetainedBudget): RetainedRows {
  let kept: Kept[] = [];
  let isFull = false;

  const clear = (): void => {
    for (const { frame } of kept) budget.bytes -= frame.byteLength;
    kept = [];
  };
  const truncate = (position: number): void => {
    for (let last = kept.at(-1); last && last.position >= position; last = kept.at(-1)) {
      budget.bytes -= last.frame.byteLength;
      kept.pop();
    }
    const last = kept.at(-1);
    if (last) last.tokenCount = Math.min(last.tokenCount, position - last.position);
  };

  return {
    add(position, tokenCount, frame) {
      if (isFull) return;
      truncate(position);
      if (budget.bytes + frame.byteLength > budget.bytesMax) {
        isFull = true;
        clear();
        return;
      }
      budget.bytes += frame.byteLength;
      kept.push({ position, tokenCount, frame });
    },
    read(from, to) {
      const parts: ReplayChunk[] = [];
      let next = from;
      for (const each of kept) {
        const end = Math.min(each.position + each.tokenCount, to);
        if (end <= next) continue;
        if (each.position > next) return undefined;
        parts.push(rowsOf(each, next, end));
        next = end;
        if (next >= to) break;
      }
      return next >= to ? chunksOf(parts) : undefined;
    },
    clear,
  };
}

function rowsOf({ position, frame }: Kept, from: number, to: number): ReplayChunk {
  const decoded = decodeFrame(frame);
  if (decoded.kind !== 'hidden') throw new Error('Only hidden states are kept.');
  const { hidden, hiddenSize } = decoded;
  const rows = hidden.slice((from - position) * hiddenSize, (to - position) * hiddenSize);
  return { position: from, tokenCount: to - from, hidden: rows };
}

/** Single tokens put together, and nothing longer than a frame may be. */
function chunksOf(parts: readonly ReplayChunk[]): ReplayChunk[] {
  const chunks: ReplayChunk[] = [];
  let open: ReplayChunk[] = [];
  let openTokens = 0;
  const close = (): void => {
    const [first] = open;
    if (first) chunks.push(joined(first.position, open));
    open = [];
    openTokens = 0;
  };
  for (const part of parts) {
    if (openTokens + part.tokenCount > REPLAY_CHUNK_TOKENS) close();
    open.push(part);
    openTokens += part.tokenCount;
  }
  close();
  return chunks;
}

function joined(position: number, parts: readonly ReplayChunk[]): ReplayChunk {
  const hidden = new Float32Array(parts.reduce((sum, part) => sum + part.hidden.length, 0));
  let offset = 0;
  for (const part of parts) {
    hidden.set(part.hidden, offset);
    offset += part.hidden.length;
  }
  const tokenCount = parts.reduce((sum, part) => sum + part.tokenCount, 0);
  return { position, tokenCount, hidden };
}
