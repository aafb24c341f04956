import type { ModelConfig } from '@manyhands/model/config';
import {
  CHUNK_TOKENS_MAX,
  CHUNKS_IN_FLIGHT_MAX,
  HEAD_ROWS_MAX,
  SPLIT_ROWS_MAX,
} from '../limits.ts';
import type { StageRange } from '../stage.ts';
import { CANDIDATE_ROW_WORDS } from '../step-results.ts';
import { PARAMS_SLOT_BYTES } from './kernel.ts';
import { candidateParts } from './kernels/candidates/candidates.ts';
import { packedSize } from './kernels/pack-inputs/pack-inputs.ts';
import { SPLITS_MAX } from './kv/chunk-rows.ts';
import { type KvType, pagePartBytes, quadCount } from './kv/kv-type.ts';
import type { GpuMemory } from './memory.ts';
import { paddedRows } from './weights/row-layout.ts';

/** Slot 0 is the chunk's, one more for each batch of head rows. */
export const PARAMS_SLOTS = 1 + CHUNK_TOKENS_MAX / HEAD_ROWS_MAX;

/** Activations of one chunk: made once, used by every chunk of every session. */
export interface Scratch {
  readonly params: GPUBuffer;
  /** Where rows stand: see `kv/page.wgsl`. */
  readonly rows: GPUBuffer;
  /** `[64]` u32 */
  readonly tokenIds: GPUBuffer;
  /** `[64, hiddenSize]`: what blocks add to. */
  readonly hidden: GPUBuffer;
  /** `[64, hiddenSize]`: rows of `hidden` that the head wants, while they are moved together. */
  readonly gathered: GPUBuffer;
  readonly normed: GPUBuffer;
  readonly qkv: GPUBuffer;
  /** In quads, in the order of rope pairs. */
  readonly queries: GPUBuffer;
  readonly attended: GPUBuffer;
  /** Parts of a split attention: sums, peaks and totals. */
  readonly partialSums: GPUBuffer;
  readonly partialStats: GPUBuffer;
  readonly gateUp: GPUBuffer;
  readonly activated: GPUBuffer;
  /** `[64, ropeDim / 2]`: cos and sin. */
  readonly rotations: GPUBuffer;
  /** `[8, vocabSize]` */
  readonly logits: GPUBuffer;
  /** `[8, parts, 129]` words */
  readonly candidateParts: GPUBuffer;
  /** `[64, 129]` words */
  readonly candidates: GPUBuffer;
  /** One page of one block's keys or values on its way to another place. */
  readonly page: GPUBuffer;
  /** Rows of whatever a product of more rows than one reads, where products are quads. */
  readonly packed: GPUTexture | undefined;
}

export interface ScratchOptions {
  readonly config: ModelConfig;
  readonly range: StageRange;
  readonly kvType: KvType;
  readonly hasSplits: boolean;
  readonly hasQuads: boolean;
  readonly rowsBytes: number;
}

export async function createScratch(memory: GpuMemory, options: ScratchOptions): Promise<Scratch> {
  const { config, range, kvType, hasSplits, hasQuads, rowsBytes } = options;
  const { headCount, kvHeadCount, headDim, hiddenSize } = config;
  const rows = CHUNK_TOKENS_MAX * 4;
  const kvRows = paddedRows(kvHeadCount * headDim);
  const qkvRows = paddedRows(headCount * headDim) + 2 * kvRows;
  const parts = hasSplits ? SPLIT_ROWS_MAX * SPLITS_MAX * headCount : 1;
  const sizes = {
    rows: rowsBytes,
    tokenIds: rows,
    hidden: rows * hiddenSize,
    gathered: range.heads ? rows * hiddenSize : 16,
    normed: rows * hiddenSize,
    qkv: rows * qkvRows,
    queries: rows * headCount * quadCount(headDim) * 4,
    attended: rows * headCount * headDim,
    partialSums: parts * quadCount(headDim) * 16,
    partialStats: parts * 8,
    gateUp: rows * 2 * paddedRows(config.ffnSize),
    activated: rows * config.ffnSize,
    rotations: rows * config.ropeDim,
    logits: range.heads ? HEAD_ROWS_MAX * 4 * config.vocabSize : 16,
    candidateParts: range.heads
      ? HEAD_ROWS_MAX * candidateParts(config.vocabSize, hasSplits) * CANDIDATE_ROW_WORDS * 4
      : 16,
    candidates: range.heads ? rows * CANDIDATE_ROW_WORDS : 16,
    page: pagePartBytes(kvType, kvHeadCount, headDim),
  };
  const buffers = await memory.allocate('scratch', 'activations', Object.values(sizes));
  const packedSizes = hasQuads ? [packedSize(widestInput(config), CHUNK_TOKENS_MAX)] : [];
  const [packed] = await memory.allocateTextures('scratch', 'packed inputs', packedSizes);
  const names = Object.keys(sizes) as (keyof typeof sizes)[];
  const named = Object.fromEntries(names.map((name, i) => [name, buffers[i] as GPUBuffer]));
  return {
    ...(named as Record<keyof typeof sizes, GPUBuffer>),
    packed,
    params: memory.uniform(new Uint32Array((PARAMS_SLOTS * PARAMS_SLOT_BYTES) / 4)),
  };
}

/** Columns of the widest rows that a block's products read. */
export function widestInput({ hiddenSize, headCount, headDim, ffnSize }: ModelConfig): number {
  return Math.max(hiddenSize, headCount * headDim, ffnSize);
}

/** What results are read back through: one for each chunk that may be under way. */
export function createReadBacks(
  memory: GpuMemory,
  { hiddenSize }: ModelConfig,
): Promise<GPUBuffer[]> {
  const size = CHUNK_TOKENS_MAX * 4 * Math.max(hiddenSize, CANDIDATE_ROW_WORDS);
  const sizes = new Array<number>(CHUNKS_IN_FLIGHT_MAX).fill(size);
  return memory.allocate('staging', 'results', sizes);
}
