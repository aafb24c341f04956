import type { ModelConfig } from '@manyhands/model/config';
import { CHUNK_TOKENS_MAX, HEAD_ROWS_MAX } from '../limits.ts';
import type { StageRange } from '../stage.ts';
import { CANDIDATE_ROW_WORDS } from '../step-results.ts';
import { PARAMS_SLOT_BYTES } from './kernel.ts';
import type { GpuMemory } from './memory.ts';
import { paddedRows } from './weights/row-layout.ts';

/** Slot 0 is the chunk's, one more for each batch of head rows. */
const PARAMS_SLOTS = 1 + CHUNK_TOKENS_MAX / HEAD_ROWS_MAX;

/** Activations of one chunk: made once, used by every step of every session. */
export interface Scratch {
  readonly params: GPUBuffer;
  readonly readBack: GPUBuffer;
  /** `[64]` u32 */
  readonly tokenIds: GPUBuffer;
  /** `[64, hiddenSize]`: what blocks add to. */
  readonly hidden: GPUBuffer;
  readonly normed: GPUBuffer;
  readonly qkv: GPUBuffer;
  readonly queries: GPUBuffer;
  readonly attended: GPUBuffer;
  readonly gateUp: GPUBuffer;
  readonly activated: GPUBuffer;
  /** `[64, ropeDim / 2]`: cos and sin. */
  readonly rotations: GPUBuffer;
  /** `[8, vocabSize]` */
  readonly logits: GPUBuffer;
  /** `[64, 129]` */
  readonly candidates: GPUBuffer;
}

export async function createScratch(
  device: GPUDevice,
  memory: GpuMemory,
  config: ModelConfig,
  range: StageRange,
): Promise<Scratch> {
  const rows = CHUNK_TOKENS_MAX * 4;
  const queryBytes = rows * config.headCount * config.headDim;
  const kvRows = paddedRows(config.kvHeadCount * config.headDim);
  const qkvRows = paddedRows(config.headCount * config.headDim) + 2 * kvRows;
  const resultBytes = rows * Math.max(config.hiddenSize, CANDIDATE_ROW_WORDS);
  const sizes = {
    tokenIds: rows,
    hidden: rows * config.hiddenSize,
    normed: rows * config.hiddenSize,
    qkv: rows * qkvRows,
    queries: queryBytes,
    attended: queryBytes,
    gateUp: rows * 2 * paddedRows(config.ffnSize),
    activated: rows * config.ffnSize,
    rotations: rows * config.ropeDim,
    logits: range.heads ? HEAD_ROWS_MAX * 4 * config.vocabSize : 16,
    candidates: rows * CANDIDATE_ROW_WORDS,
  };
  const buffers = await memory.allocate('scratch', 'activations', Object.values(sizes));
  const names = Object.keys(sizes) as (keyof typeof sizes)[];
  const named = Object.fromEntries(names.map((name, i) => [name, buffers[i] as GPUBuffer]));
  return {
    ...(named as Record<keyof typeof sizes, GPUBuffer>),
    params: device.createBuffer({
      label: 'params',
      size: PARAMS_SLOTS * PARAMS_SLOT_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    }),
    readBack: device.createBuffer({
      label: 'read-back',
      size: resultBytes,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    }),
  };
}
