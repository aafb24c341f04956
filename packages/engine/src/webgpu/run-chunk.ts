import type { Chunk, ChunkRange, Segment } from '../backend.ts';
import { CHUNK_TOKENS_MAX, HEAD_ROWS_MAX } from '../limits.ts';
import type { Rotations } from '../rotations.ts';
import { CANDIDATE_ROW_WORDS } from '../step-results.ts';
import type { Block } from './block.ts';
import type { CachePlan } from './block-cache.ts';
import { type Dispatch, recordDispatches } from './dispatch.ts';
import { type HeadRows, headRowsOf } from './head-rows.ts';
import { PARAMS_SLOT_BYTES } from './kernel.ts';
import { type ChunkRowsWriter, chooseAttentionSplit } from './kv/chunk-rows.ts';
import type { KvPool } from './kv/kv-pool.ts';
import type { ReadBack, ReadBackRing } from './read-back.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { PARAMS_SLOTS, type Scratch } from './scratch.ts';
import { type ByRowCount, chooseByRowCount } from './stage-context.ts';
import type { SubmitPace } from './submit-pace.ts';

/** Everything a stage holds on the device. */
export interface LoadedParts {
  readonly firstBlock: number;
  readonly hiddenSize: number;
  readonly ropeDim: number;
  readonly embedding: readonly Dispatch[] | undefined;
  readonly blocks: readonly Block[];
  readonly head: ByRowCount | undefined;
  readonly rotations: Rotations;
  readonly scratch: Scratch;
  readonly pool: KvPool;
  readonly chunkRows: ChunkRowsWriter;
  readonly readBacks: ReadBackRing;
  readonly hasSplits: boolean;
  /** Weights of one block, and of the head's matrix: what time is estimated from. */
  readonly blockWeightCount: number;
  readonly headWeightCount: number;
  readonly pace: SubmitPace;
}

export interface SubmittedChunk {
  readonly dispatchCount: number;
  /** Absent where nothing is read. */
  readonly readBack: ReadBack | undefined;
  readonly resultBytes: number;
  readonly rowCount: number;
  /** Weights that the rows were multiplied with. */
  readonly weightCount: number;
}

export type RunChunk = (chunk: Chunk) => SubmittedChunk;

/** Writes chunks' inputs, records their work and submits it. What it needs exists from the start. */
export function createRunChunk(device: GPUDevice, parts: LoadedParts): RunChunk {
  const upload = createUpload(device, parts);
  return (chunk) => {
    const { range, segments } = chunk;
    const { scratch, pace } = parts;
    const rowCount = segments.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
    const head = headRowsOf(segments);
    const plan = upload(chunk, rowCount, head);
    const recorder = createRecorder(device, pace.submitMsMax);
    let dispatchCount = 0;
    if (range.embeds) {
      dispatchCount += recordDispatches(recorder.pass(), parts.embedding ?? [], rowCount, 0);
    }
    dispatchCount += recordBlocks(parts, range, recorder, plan);
    if (range.heads) dispatchCount += recordHead(parts, head, recorder);

    const rowBytes = range.heads ? CANDIDATE_ROW_WORDS * 4 : parts.hiddenSize * 4;
    const resultBytes = (range.heads ? head.count : rowCount) * rowBytes;
    const readBack = resultBytes > 0 ? parts.readBacks.take() : undefined;
    if (readBack !== undefined) {
      const source = range.heads ? scratch.candidates : scratch.hidden;
      const first = range.heads ? head.first * rowBytes : 0;
      recorder.encoder().copyBufferToBuffer(source, first, readBack.buffer, 0, resultBytes);
    }
    const weightCount = (range.endBlock - range.firstBlock) * parts.blockWeightCount;
    recorder.finish();
    return { dispatchCount, readBack, resultBytes, rowCount, weightCount };
  };
}

function recordBlocks(
  parts: LoadedParts,
  range: ChunkRange,
  recorder: Recorder,
  plan: CachePlan,
): number {
  const { tokenCount } = plan;
  const blockMs = parts.pace.estimateMs(parts.blockWeightCount, tokenCount);
  let count = 0;
  for (let index = range.firstBlock; index < range.endBlock; index += 1) {
    const { before, after } = parts.blocks[index - parts.firstBlock] as Block;
    const pass = recorder.pass();
    count += recordDispatches(pass, chooseByRowCount(before, tokenCount), tokenCount, 0);
    count += parts.pool.work(index - parts.firstBlock)?.record(pass, plan) ?? 0;
    count += recordDispatches(pass, chooseByRowCount(after, tokenCount), tokenCount, 0);
    recorder.spend(blockMs);
  }
  return count;
}

function recordHead(
  { head, scratch, hiddenSize, headWeightCount, pace }: LoadedParts,
  { count, runs }: HeadRows,
  recorder: Recorder,
): number {
  if (head === undefined || count === 0) return 0;
  if (runs.length > 1) {
    const rowBytes = hiddenSize * 4;
    const encoder = recorder.encoder();
    let at = 0;
    // By way of another buffer: one cannot be copied within itself.
    for (const run of runs) {
      const [from, to] = [run.first * rowBytes, at * rowBytes];
      encoder.copyBufferToBuffer(scratch.hidden, from, scratch.gathered, to, run.count * rowBytes);
      at += run.count;
    }
    encoder.copyBufferToBuffer(scratch.gathered, 0, scratch.hidden, 0, count * rowBytes);
  }
  let dispatchCount = 0;
  for (let done = 0; done < count; done += HEAD_ROWS_MAX) {
    const rows = Math.min(HEAD_ROWS_MAX, count - done);
    const offset = (1 + done / HEAD_ROWS_MAX) * PARAMS_SLOT_BYTES;
    const work = chooseByRowCount(head, rows);
    dispatchCount += recordDispatches(recorder.pass(), work, rows, offset);
    recorder.spend(pace.estimateMs(headWeightCount, rows));
  }
  return dispatchCount;
}

/** Moves what differs from chunk to chunk to the device, through arrays that are reused. */
function createUpload(device: GPUDevice, parts: LoadedParts) {
  const { scratch, chunkRows, rotations, ropeDim, hiddenSize } = parts;
  const { queue } = device;
  const params = new Uint32Array((PARAMS_SLOTS * PARAMS_SLOT_BYTES) / 4);
  const turns = new Float32Array(CHUNK_TOKENS_MAX * ropeDim);

  const writeInputs = (range: ChunkRange, segments: readonly Segment[]): void => {
    const target = range.embeds ? scratch.tokenIds : scratch.hidden;
    const rowBytes = range.embeds ? 4 : hiddenSize * 4;
    let row = 0;
    for (const { position, tokenCount, input } of segments) {
      queue.writeBuffer(target, row * rowBytes, input);
      rotations(position, tokenCount, turns.subarray(row * ropeDim));
      row += tokenCount;
    }
    if (range.firstBlock < range.endBlock) {
      queue.writeBuffer(scratch.rotations, 0, turns, 0, row * ropeDim);
    }
  };

  return ({ range, segments }: Chunk, tokenCount: number, head: HeadRows): CachePlan => {
    writeInputs(range, segments);
    const { words, tileCount, tileRows, lengthMax } = chunkRows.write(segments);
    queue.writeBuffer(scratch.rows, 0, words);
    const split = chooseAttentionSplit(parts.hasSplits, tokenCount, lengthMax);
    params[0] = tokenCount;
    params[1] = split.splitPositions;
    params[3] = split.splitCount;
    let slot = 1;
    for (let done = 0; done < head.count; done += HEAD_ROWS_MAX) {
      const at = (slot * PARAMS_SLOT_BYTES) / 4;
      params[at] = Math.min(HEAD_ROWS_MAX, head.count - done);
      params[at + 2] = head.first + done;
      slot += 1;
    }
    queue.writeBuffer(scratch.params, 0, params, 0, (slot * PARAMS_SLOT_BYTES) / 4);
    return { tokenCount, tileCount, tileRows, ...split };
  };
}
