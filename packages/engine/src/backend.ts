import type { EngineError } from './error.ts';
import type { PageCopy } from './kv/page-pool.ts';
import type { SessionRange } from './stage.ts';

/** Consecutive rows of one session in a chunk. */
export interface Segment {
  /** Position of the first row. */
  readonly position: number;
  readonly tokenCount: number;
  /** Token ids, or hidden states `[tokenCount, hiddenSize]`. */
  readonly input: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  /** Last rows whose candidates are wanted. */
  readonly headRows: number;
  /** The session's page table: page `i` holds positions from `32 i` on, up to the last row's. */
  readonly pages: readonly number[];
}

/** The part of a stage that a session uses. */
export type ChunkRange = Pick<SessionRange, 'firstBlock' | 'endBlock' | 'embeds' | 'heads'>;

/** At most `CHUNK_TOKENS_MAX` rows of sessions that use the same part of the stage. */
export interface Chunk {
  readonly range: ChunkRange;
  readonly segments: readonly Segment[];
}

export interface ChunkResult {
  /**
   * Of all segments in order: hidden states `[rows, hiddenSize]`, or `CANDIDATE_ROW_WORDS` words for
   * each head row where the range heads.
   */
  readonly rows: ArrayBuffer;
  readonly dispatchCount: number;
}

/**
 * What computes: a stage's weights and KV pages on one device. It knows no sessions; `createStage`
 * does and checks everything before it comes here.
 */
export interface Backend {
  /** E.g. `webgpu-f32`: see `Stage`. */
  readonly numericClass: string;
  /** As in `Stage`. */
  readonly threadCount: number;
  /** Bytes of one KV page over all blocks of the stage; 0 for a stage without blocks. */
  readonly pageBytes: number;
  /** Pages that the device can address, whatever its memory. */
  readonly pagesMax: number;
  readonly weightBytes: number;
  /** Everything allocated just now. */
  allocatedBytes(): number;
  /** Makes the KV cache that many pages long and keeps its contents, or rejects: `out-of-memory`. */
  growPages(pageCount: number): Promise<void>;
  /** Copies pages in the blocks of `range`: after the chunks given so far, before later ones. */
  copyPages(range: ChunkRange, copies: readonly PageCopy[]): void;
  /**
   * Runs a chunk. Chunks are computed in the order of the calls; the next may be given before the
   * result of the last is there, `CHUNKS_IN_FLIGHT_MAX` at most.
   */
  run(chunk: Chunk): Promise<ChunkResult>;
  /** Why nothing can run any more, once that is so. */
  failure(): EngineError | undefined;
  dispose(): void;
}
