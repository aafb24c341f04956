import type { ModelConfig } from '@manyhands/model/config';
import { CHUNK_TOKENS_MAX, HEAD_ROWS_MAX } from '../limits.ts';
import { PAGE_POSITIONS, type StageRange } from '../stage.ts';
import { CANDIDATE_ROW_WORDS } from '../step-results.ts';
import { attentionStateBytes, PRODUCT_SUMS_BYTES } from './kernels.ts';
import type { WasmMemory } from './memory.ts';
import { ROWS_PER_STRIP, rowStride } from './weights/held-type.ts';

/** Rows of f32 numbers, one for each token. */
export interface Rows {
  readonly address: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
}

/** Activations of one chunk: made once, used by every step of every session. */
export interface Scratch {
  /** What blocks add to. */
  readonly hidden: Rows;
  readonly normed: Rows;
  readonly query: Rows;
  readonly key: Rows;
  readonly value: Rows;
  /** Queries with bias, norm and rotation, heads padded to whole vectors. */
  readonly queries: number;
  readonly attended: Rows;
  readonly gate: Rows;
  readonly up: Rows;
  /** Rows of integers for products. */
  readonly integers: number;
  /** One strip as F32, for each thread. */
  readonly strips: readonly number[];
  /** What products of integers sum in, for each thread. */
  readonly sums: readonly number[];
  /** Cos and sin of each pair and token. */
  readonly rotations: number;
  /** Addresses of a segment's pages, by the segment's first row. */
  pageTable(firstRow: number): number;
  /** Where rows find their sessions' pages, and how far: see kernels/attention.as. */
  readonly rows: number;
  /** Four queries' scores for each position of a page, for each thread. */
  readonly scores: readonly number[];
  /** What attention keeps of each query, for each thread. */
  readonly states: readonly number[];
  /** The same of one token's parts: `ATTENTION_PART_PAGES` pages each. */
  readonly parts: number;
  /** `HEAD_ROWS_MAX` rows. */
  readonly logits: Rows;
  readonly candidates: number;
}

export function createScratch(
  memory: WasmMemory,
  config: ModelConfig,
  range: StageRange,
  threadCount: number,
): Scratch {
  const { hiddenSize, ffnSize, headDim, headCount, kvHeadCount, vocabSize } = config;
  const querySize = headCount * headDim;
  const keySize = kvHeadCount * headDim;
  const columnsMax = Math.max(hiddenSize, ffnSize, querySize);
  const bytes = (byteLength: number) => memory.allocate('scratch', 'activations', byteLength);
  const rows = (columnCount: number, rowCount = CHUNK_TOKENS_MAX): Rows => {
    const stride = rowStride(columnCount);
    return { address: bytes(stride * rowCount), stride };
  };
  const forEachThread = (byteLength: number) =>
    Array.from({ length: threadCount }, () => bytes(byteLength));
  const stateBytes = attentionStateBytes(
    CHUNK_TOKENS_MAX,
    headCount,
    kvHeadCount,
    headBytes(config),
  );
  const tableBytes = Math.ceil(config.contextLength / PAGE_POSITIONS) * 4;
  const partsMax = Math.ceil(config.contextLength / (PAGE_POSITIONS * ATTENTION_PART_PAGES));
  const tables = bytes(CHUNK_TOKENS_MAX * tableBytes);
  return {
    pageTable: (firstRow) => tables + firstRow * tableBytes,
    hidden: rows(hiddenSize),
    normed: rows(hiddenSize),
    query: rows(querySize),
    key: rows(keySize),
    value: rows(keySize),
    queries: bytes(CHUNK_TOKENS_MAX * headCount * headBytes(config)),
    attended: rows(querySize),
    gate: rows(ffnSize),
    up: rows(ffnSize),
    // i16 numbers, a scale and two sums for each 32: see kernels/quantize.as.
    integers: bytes((CHUNK_TOKENS_MAX * columnsMax * 76) / 32),
    strips: forEachThread(columnsMax * ROWS_PER_STRIP * 4),
    sums: forEachThread(PRODUCT_SUMS_BYTES),
    rotations: bytes(CHUNK_TOKENS_MAX * config.ropeDim * 4),
    rows: bytes(CHUNK_TOKENS_MAX * ROW_BYTES),
    scores: forEachThread((PAGE_POSITIONS + 1) * 16),
    states: forEachThread(stateBytes),
    parts: bytes(partsMax * attentionStateBytes(1, headCount, kvHeadCount, headBytes(config))),
    logits: rows(range.heads ? vocabSize : 1, HEAD_ROWS_MAX),
    candidates: bytes(CHUNK_TOKENS_MAX * CANDIDATE_ROW_WORDS * 4),
  };
}

/** Of what a single token sees: 128 positions, ten to twenty microseconds of work for a small model. */
export const ATTENTION_PART_PAGES = 4;

/** As in kernels/rows.as. */
export const ROW_BYTES = 8;

/** Bytes of one head of a query, key or value: whole vectors. */
export function headBytes(config: ModelConfig): number {
  return Math.ceil(config.headDim / 4) * 16;
}
