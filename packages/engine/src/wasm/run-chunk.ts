import type { Chunk, Segment } from '../backend.ts';
import { HEAD_ROWS_MAX } from '../limits.ts';
import type { Rotations } from '../rotations.ts';
import { PAGE_POSITIONS } from '../stage.ts';
import { CANDIDATE_ROW_WORDS } from '../step-results.ts';
import { type BlockWeights, runBlock, type StageContext } from './block.ts';
import type { KvPages } from './kv-pages.ts';
import type { WasmMemory } from './memory.ts';
import { ROW_BYTES } from './scratch.ts';
import { HELD_TYPES, ROWS_PER_STRIP } from './weights/held-type.ts';
import type { Matrix } from './weights/load-weights.ts';

/** Everything a stage holds. */
export interface LoadedParts extends StageContext {
  readonly memory: WasmMemory;
  readonly pages: KvPages;
  readonly firstBlock: number;
  readonly embedding: Matrix | undefined;
  readonly blocks: readonly BlockWeights[];
  readonly head: { readonly norm: number; readonly output: Matrix } | undefined;
  readonly rotations: Rotations;
}

/** Runs a chunk; returns hidden states, or rows of candidates where its range heads. */
export function runChunk(parts: LoadedParts, { range, segments }: Chunk): ArrayBuffer {
  const { firstBlock, endBlock, heads } = range;
  const { pages } = parts;
  let tokenCount = 0;
  const placed = segments.map((segment) => {
    const firstRow = tokenCount;
    tokenCount += segment.tokenCount;
    putInput(parts, firstRow, segment);
    return { ...segment, firstRow };
  });
  if (endBlock > firstBlock) for (const segment of placed) putPositions(parts, segment);
  const longest = Math.max(...segments.map(({ position, tokenCount: own }) => position + own));
  for (let block = firstBlock; block < endBlock; block += 1) {
    const index = block - parts.firstBlock;
    runBlock(parts, parts.blocks[index] as BlockWeights, {
      tokenCount,
      longest,
      keys: pages.keysOffset(index),
      values: pages.valuesOffset(index),
      pageLength: PAGE_POSITIONS,
    });
  }
  return heads ? takeCandidates(parts, headRowsOf(placed)) : takeHidden(parts, tokenCount);
}

/** A segment with the row of the chunk that it starts at. */
interface PlacedSegment extends Segment {
  readonly firstRow: number;
}

function putInput(parts: LoadedParts, firstRow: number, { input }: Segment): void {
  if (input instanceof Uint32Array) embed(parts, firstRow, input);
  else putHidden(parts, firstRow, input);
}

function embed(parts: LoadedParts, firstRow: number, tokenIds: Uint32Array): void {
  const { kernels, scratch } = parts;
  const { type, address, stripBytes, columnCount } = parts.embedding as Matrix;
  for (const [token, id] of tokenIds.entries()) {
    const row = id % ROWS_PER_STRIP;
    const strip = address + ((id - row) / ROWS_PER_STRIP) * stripBytes;
    const out = scratch.hidden.address + (firstRow + token) * scratch.hidden.stride;
    kernels.unpackRow(
      HELD_TYPES[type].code,
      strip,
      row,
      columnCount,
      scratch.strips[0] as number,
      out,
    );
  }
}

function putHidden(
  { memory, scratch, config }: LoadedParts,
  firstRow: number,
  input: Float32Array,
): void {
  const { hiddenSize } = config;
  const { address, stride } = scratch.hidden;
  for (let row = 0; row * hiddenSize < input.length; row += 1) {
    const values = input.subarray(row * hiddenSize, (row + 1) * hiddenSize);
    memory.f32(address + (firstRow + row) * stride, hiddenSize).set(values);
  }
}

/** The angles of the segment's positions, and where its rows find its pages: for every block. */
function putPositions(parts: LoadedParts, segment: PlacedSegment): void {
  const { memory, scratch, config, pages } = parts;
  const { position, tokenCount, firstRow } = segment;
  const { ropeDim } = config;
  const rotations = scratch.rotations + firstRow * ropeDim * 4;
  memory.f32(rotations, tokenCount * ropeDim).set(parts.rotations(position, tokenCount));
  const tableAddress = scratch.pageTable(firstRow);
  const table = memory.u32(tableAddress, segment.pages.length);
  for (const [i, page] of segment.pages.entries()) table[i] = pages.address(page);
  const rows = memory.u32(scratch.rows + firstRow * ROW_BYTES, tokenCount * 2);
  for (let token = 0; token < tokenCount; token += 1) {
    rows[token * 2] = tableAddress;
    rows[token * 2 + 1] = position + token + 1;
  }
}

function takeHidden({ memory, scratch, config }: LoadedParts, rowCount: number): ArrayBuffer {
  const { address, stride } = scratch.hidden;
  const { hiddenSize } = config;
  const hidden = new Float32Array(rowCount * hiddenSize);
  for (let row = 0; row < rowCount; row += 1) {
    hidden.set(memory.f32(address + row * stride, hiddenSize), row * hiddenSize);
  }
  return hidden.buffer;
}

/** Rows of the chunk whose candidates are wanted, in order. */
function headRowsOf(segments: readonly PlacedSegment[]): number[] {
  return segments.flatMap(({ firstRow, tokenCount, headRows }) =>
    Array.from({ length: headRows }, (_, i) => firstRow + tokenCount - headRows + i),
  );
}

/** Norm, logits and candidates of some rows, a few at a time: logits are long. */
function takeCandidates(parts: LoadedParts, headRows: readonly number[]): ArrayBuffer {
  const { threads, memory, scratch, config, multiply, head } = parts;
  const { hidden, normed, logits } = scratch;
  const rowBytes = CANDIDATE_ROW_WORDS * 4;
  if (head === undefined) return new ArrayBuffer(0);
  for (let done = 0; done < headRows.length; done += HEAD_ROWS_MAX) {
    const batch = headRows.slice(done, done + HEAD_ROWS_MAX);
    multiply({
      x: normed,
      tokenCount: batch.length,
      products: [{ matrix: head.output, out: logits }],
      prepare(thread, first, count) {
        for (const [i, row] of batch.slice(first, first + count).entries()) {
          threads.call(
            thread,
            'rmsNorm',
            hidden.address + row * hidden.stride,
            hidden.stride,
            1,
            config.hiddenSize,
            head.norm,
            config.rmsNormEps,
            normed.address + (first + i) * normed.stride,
          );
        }
      },
    });
    threads.share(batch.length, { unit: 1, least: 1 }, (thread, first, count) => {
      for (let row = first; row < first + count; row += 1) {
        const from = logits.address + row * logits.stride;
        const out = scratch.candidates + (done + row) * rowBytes;
        threads.call(thread, 'candidates', from, config.vocabSize, out);
      }
    });
    threads.run();
  }
  return memory.u8(scratch.candidates, headRows.length * rowBytes).slice().buffer;
}
