import type { ModelConfig } from '@manyhands/model/config';
import type { TensorInfo } from '@manyhands/model/tensor';
import type { EngineError } from './error.ts';

/** How many of the likeliest tokens the head returns for a position. */
export const CANDIDATE_COUNT_MAX = 64;

/**
 * Positions whose keys and values share a page of the KV cache; prefixes are reused in whole pages,
 * so requesters cut their keys at the same places.
 */
export const PAGE_POSITIONS = 32;

/** What a stage holds: blocks `[firstBlock, endBlock)`, optionally the embedding and the head. */
export interface StageRange {
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly embeds: boolean;
  readonly heads: boolean;
}

export interface StageSpec extends StageRange {
  readonly config: ModelConfig;
  /** The tensors of this range (and only those): see `model/stage-tensors`. */
  readonly tensors: readonly TensorInfo[];
}

/** Verified bytes of one tensor, in order, in chunks that never exceed 1 MiB. */
export type ReadTensor = (
  tensor: TensorInfo,
  signal?: AbortSignal,
) => AsyncIterable<Uint8Array<ArrayBuffer>>;

/** A session may use only part of what the stage holds. */
export interface SessionRange extends StageRange {
  /** KV rows to reserve; at most `contextLength`. */
  readonly positionsMax: number;
}

export interface OpenedSession {
  /** Positions that need not be computed: the session's KV length. A multiple of `PAGE_POSITIONS`. */
  readonly reusedPositions: number;
}

/**
 * One forward pass of `tokenCount` rows starting at `position`. Exactly one input: token ids where
 * the session embeds, else hidden states `[tokenCount, hiddenSize]`. `position` smaller than the KV
 * length truncates the cache first, greater is `bad-step`.
 */
export interface StepRequest {
  readonly sessionId: string;
  readonly position: number;
  readonly tokenCount: number;
  readonly tokenIds?: Uint32Array<ArrayBuffer>;
  readonly hidden?: Float32Array<ArrayBuffer>;
  /** Where the session heads: the number of last rows whose candidates are wanted (may be 0). */
  readonly headRows: number;
  /** Whose step it is, for fairness between those who share the stage. Opaque here. */
  readonly owner?: string;
}

/** The most likely tokens of `rowCount` positions, logits descending, ties by lower id. */
export interface Candidates {
  readonly rowCount: number;
  /** min(64, vocabSize) for every row. */
  readonly candidateCount: number;
  /** `[rowCount, candidateCount]` */
  readonly tokenIds: Uint32Array<ArrayBuffer>;
  /** `[rowCount, candidateCount]` */
  readonly logits: Float32Array<ArrayBuffer>;
  /** `[rowCount]`: log of the sum over the whole vocabulary, so `logit - logSumExp` is a log-probability. */
  readonly logSumExp: Float32Array<ArrayBuffer>;
}

export interface StepResult {
  /** `[tokenCount, hiddenSize]`, present unless the session heads. */
  readonly hidden?: Float32Array<ArrayBuffer>;
  /** Present where the session heads (zero rows when `headRows` was 0). */
  readonly candidates?: Candidates;
}

/** How one step of a pass ended: a step that fails does not fail the others. */
export type StepOutcome = { readonly result: StepResult } | { readonly error: EngineError };

export interface StageStats {
  readonly weightBytes: number;
  /** What open sessions reserved. */
  readonly kvBytes: number;
  /** Of sessions that ended, what is kept in case another one begins like them. */
  readonly keptBytes: number;
  /** Everything the stage allocated: weights, KV pages, activations. */
  readonly allocatedBytes: number;
  readonly sessionCount: number;
  /** Dispatches of the last pass; 0 where there is no GPU. */
  readonly dispatchCount: number;
}

/**
 * A run of blocks on one device. Passes run one after another; every method throws or rejects with
 * `EngineError`.
 */
export interface Stage {
  readonly range: StageRange;
  /** Backend and activation precision, e.g. `webgpu-f32`: stages of one session share it. */
  readonly numericClass: string;
  /** Threads of the processor that compute; 0 where a GPU does. */
  readonly threadCount: number;
  /**
   * `prefixKeys[i]` names everything up to position `32 (i + 1)`: who opens two sessions with equal
   * keys says that those positions are equal. Whole pages that an earlier session computed under
   * the same keys are reused. Opaque here; hosts make them differ between identities.
   */
  openSession(
    sessionId: string,
    range: SessionRange,
    prefixKeys?: readonly string[],
  ): Promise<OpenedSession>;
  /** `prefixKeys` as in `openSession`, now for all that was computed: it stays for reuse. */
  closeSession(sessionId: string, prefixKeys?: readonly string[]): void;
  step(request: StepRequest): Promise<StepResult>;
  /** Steps of different sessions in one pass: as one step of each would give, for less. */
  pass(requests: readonly StepRequest[]): Promise<readonly StepOutcome[]>;
  stats(): StageStats;
  dispose(): void;
}
