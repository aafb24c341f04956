import type { StepChunk } from '../cut-step.ts';
import { HEAD_ROWS_MAX } from '../limits.ts';
import type { Rotations } from '../rotations.ts';
import { CANDIDATE_ROW_WORDS } from '../step-results.ts';
import type { Block } from './block.ts';
import { type Dispatch, recordDispatches } from './dispatch.ts';
import { PARAMS_SLOT_BYTES } from './kernel.ts';
import type { Scratch } from './scratch.ts';
import type { Session } from './session.ts';
import { type ByRowCount, chooseByRowCount } from './stage-context.ts';

/** Everything a stage holds on the device. */
export interface LoadedParts {
  readonly embedding: readonly Dispatch[] | undefined;
  readonly blocks: readonly Block[];
  readonly head: ByRowCount | undefined;
  readonly rotations: Rotations;
  readonly scratch: Scratch;
}

export interface Submitted {
  readonly dispatchCount: number;
  /** Bytes of the result in the read-back buffer; 0 where nothing is read. */
  readonly resultBytes: number;
}

/** Writes a chunk's inputs, records all its work and submits it once. */
export function submitChunk(
  device: GPUDevice,
  parts: LoadedParts,
  session: Session,
  blocks: readonly Block[],
  chunk: StepChunk,
): Submitted {
  const { scratch, rotations } = parts;
  const { range } = session;
  const { tokenCount, position, headRows, hiddenSize } = chunk;
  const target = range.embeds ? scratch.tokenIds : scratch.hidden;
  device.queue.writeBuffer(target, 0, chunk.input);
  device.queue.writeBuffer(scratch.params, 0, paramsOf(chunk, range.positionsMax));
  if (blocks.length > 0) {
    device.queue.writeBuffer(scratch.rotations, 0, rotations(position, tokenCount));
  }

  const encoder = device.createCommandEncoder({ label: 'step' });
  const pass = encoder.beginComputePass({ label: 'step' });
  const record = (work: readonly Dispatch[] | undefined, rows: number, slot: number): number =>
    recordDispatches(pass, work ?? [], rows, slot * PARAMS_SLOT_BYTES);
  let dispatchCount = range.embeds ? record(parts.embedding, tokenCount, 0) : 0;
  for (const [i, block] of blocks.entries()) {
    dispatchCount += record(chooseByRowCount(block.before, tokenCount), tokenCount, 0);
    dispatchCount += record(session.cacheWork[i], tokenCount, 0);
    dispatchCount += record(chooseByRowCount(block.after, tokenCount), tokenCount, 0);
  }
  for (const { slot, rows } of parts.head ? headBatches(headRows) : []) {
    dispatchCount += record(chooseByRowCount(parts.head as ByRowCount, rows), rows, slot);
  }
  pass.end();

  const resultBytes = range.heads
    ? headRows * CANDIDATE_ROW_WORDS * 4
    : tokenCount * hiddenSize * 4;
  if (resultBytes > 0) {
    const source = range.heads ? scratch.candidates : scratch.hidden;
    const first = range.heads ? (tokenCount - headRows) * CANDIDATE_ROW_WORDS * 4 : 0;
    encoder.copyBufferToBuffer(source, first, scratch.readBack, 0, resultBytes);
  }
  device.queue.submit([encoder.finish()]);
  return { dispatchCount, resultBytes };
}

/** Copies a result out of the read-back buffer once the device has written it. */
export async function readResult(scratch: Scratch, resultBytes: number): Promise<ArrayBuffer> {
  await scratch.readBack.mapAsync(GPUMapMode.READ, 0, resultBytes);
  const copy = scratch.readBack.getMappedRange(0, resultBytes).slice(0);
  scratch.readBack.unmap();
  return copy;
}

/** Params slots: the chunk's, then one for each batch of head rows; see kernels/params.wgsl. */
function paramsOf(chunk: StepChunk, kvStride: number): Uint32Array<ArrayBuffer> {
  const { tokenCount, position, headRows } = chunk;
  const batches = headBatches(headRows);
  const slotWords = PARAMS_SLOT_BYTES / 4;
  const words = new Uint32Array((1 + batches.length) * slotWords);
  words.set([tokenCount, position, 0, kvStride]);
  for (const { slot, first, rows } of batches) {
    words.set([rows, 0, tokenCount - headRows + first, 0], slot * slotWords);
  }
  return words;
}

function headBatches(headRows: number) {
  return Array.from({ length: Math.ceil(headRows / HEAD_ROWS_MAX) }, (_, i) => {
    const first = i * HEAD_ROWS_MAX;
    return { slot: 1 + i, first, rows: Math.min(HEAD_ROWS_MAX, headRows - first) };
  });
}
