import type { StepChunk } from '../cut-step.ts';
import { HEAD_ROWS_MAX } from '../limits.ts';
import type { Rotations } from '../rotations.ts';
import { CANDIDATE_ROW_WORDS } from '../step-results.ts';
import { type BlockWeights, runBlock, type StageContext } from './block.ts';
import type { WasmMemory } from './memory.ts';
import type { Session } from './session.ts';
import { HELD_TYPES, ROWS_PER_STRIP } from './weights/held-type.ts';
import type { Matrix } from './weights/load-weights.ts';

/** Everything a stage holds. */
export interface LoadedParts extends StageContext {
  readonly memory: WasmMemory;
  readonly firstBlock: number;
  readonly embedding: Matrix | undefined;
  readonly blocks: readonly BlockWeights[];
  readonly head: { readonly norm: number; readonly output: Matrix } | undefined;
  readonly rotations: Rotations;
}

/** Runs a chunk; returns hidden states, or rows of candidates where the session heads. */
export function runChunk(parts: LoadedParts, session: Session, chunk: StepChunk): ArrayBuffer {
  const { memory, scratch, config } = parts;
  const { range } = session;
  const { position, tokenCount } = chunk;
  if (chunk.input instanceof Uint32Array) embed(parts, chunk.input);
  else putHidden(parts, chunk.input);

  const { firstBlock, endBlock } = range;
  if (endBlock > firstBlock) {
    memory
      .f32(scratch.rotations, tokenCount * config.ropeDim)
      .set(parts.rotations(position, tokenCount));
    const rows = memory.u32(scratch.rows, tokenCount * 2);
    for (let token = 0; token < tokenCount; token += 1) {
      rows[token * 2] = session.pages;
      rows[token * 2 + 1] = position + token + 1;
    }
  }
  const { cacheBytes, pageLength } = session;
  for (let block = firstBlock; block < endBlock; block += 1) {
    const keys = 2 * (block - firstBlock) * cacheBytes;
    runBlock(parts, parts.blocks[block - parts.firstBlock] as BlockWeights, {
      tokenCount,
      keys,
      values: keys + cacheBytes,
      pageLength,
    });
  }
  return range.heads ? takeCandidates(parts, chunk) : takeHidden(parts, tokenCount);
}

function embed(parts: LoadedParts, tokenIds: Uint32Array): void {
  const { kernels, scratch } = parts;
  const { type, address, stripBytes, columnCount } = parts.embedding as Matrix;
  for (const [token, id] of tokenIds.entries()) {
    const row = id % ROWS_PER_STRIP;
    const strip = address + ((id - row) / ROWS_PER_STRIP) * stripBytes;
    const out = scratch.hidden.address + token * scratch.hidden.stride;
    kernels.unpackRow(HELD_TYPES[type].code, strip, row, columnCount, scratch.strip, out);
  }
}

function putHidden({ memory, scratch, config }: LoadedParts, input: Float32Array): void {
  const { address, stride } = scratch.hidden;
  const { hiddenSize } = config;
  for (let at = 0; at < input.length; at += hiddenSize) {
    const row = memory.f32(address + (at / hiddenSize) * stride, hiddenSize);
    row.set(input.subarray(at, at + hiddenSize));
  }
}

function takeHidden({ memory, scratch, config }: LoadedParts, tokenCount: number): ArrayBuffer {
  const { address, stride } = scratch.hidden;
  const { hiddenSize } = config;
  const hidden = new Float32Array(tokenCount * hiddenSize);
  for (let token = 0; token < tokenCount; token += 1) {
    hidden.set(memory.f32(address + token * stride, hiddenSize), token * hiddenSize);
  }
  return hidden.buffer;
}

/** Norm, logits and candidates of the last rows, a few at a time: logits are long. */
function takeCandidates(parts: LoadedParts, { tokenCount, headRows }: StepChunk): ArrayBuffer {
  const { kernels, memory, scratch, config, multiply, head } = parts;
  const { hidden, normed, logits } = scratch;
  const rowBytes = CANDIDATE_ROW_WORDS * 4;
  if (head === undefined) return new ArrayBuffer(0);
  const first = tokenCount - headRows;
  for (let done = 0; done < headRows; done += HEAD_ROWS_MAX) {
    const rows = Math.min(HEAD_ROWS_MAX, headRows - done);
    kernels.rmsNorm(
      hidden.address + (first + done) * hidden.stride,
      hidden.stride,
      rows,
      config.hiddenSize,
      head.norm,
      config.rmsNormEps,
      normed.address,
    );
    multiply(normed, rows, [{ matrix: head.output, out: logits }]);
    for (let row = 0; row < rows; row += 1) {
      const out = scratch.candidates + (done + row) * rowBytes;
      kernels.candidates(logits.address + row * logits.stride, config.vocabSize, out);
    }
  }
  return memory.u8(scratch.candidates, headRows * rowBytes).slice().buffer;
}
