import { LIST_NUMBERS } from './call-list.ts';

/**
 * What threads tell each other, in the stage's memory: three i32, each in a cache line of its own, then a
 * list of calls for each helper.
 */
export interface Control {
  readonly words: Int32Array;
  /** Of helper 1, 2 and so on. */
  list(helper: number): Float64Array;
}

/** Indexes of `words`. */
export const CONTROL = {
  /** Rises when lists are complete. */
  round: 0,
  /** Helpers that have not finished this round. */
  pending: 16,
  /** Helpers whose calls threw. */
  failed: 32,
} as const;

const WORDS = 48;
const LINE_BYTES = 64;
const LIST_BYTES = Math.ceil((LIST_NUMBERS * 8) / LINE_BYTES) * LINE_BYTES;

export function controlBytes(helperCount: number): number {
  return WORDS * 4 + helperCount * LIST_BYTES;
}

export function controlAt(memory: WebAssembly.Memory, address: number): Control {
  const { buffer } = memory;
  const lists = address + WORDS * 4;
  return {
    words: new Int32Array(buffer, address, WORDS),
    list: (helper) => new Float64Array(buffer, lists + (helper - 1) * LIST_BYTES, LIST_NUMBERS),
  };
}
