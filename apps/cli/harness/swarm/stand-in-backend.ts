import type { Backend, Chunk, ChunkResult, Segment } from '@manyhands/engine/backend';
import { PAGE_POSITIONS } from '@manyhands/engine/stage';
import { CANDIDATE_ROW_WORDS } from '@manyhands/engine/step-results';
import type { ModelConfig } from '@manyhands/model/config';
import { type Clock, EXACT_CLOCK } from './exact-timer.ts';
import {
  embedRow,
  type Kept,
  runBlock,
  STAND_IN_HIDDEN_SIZE,
  writeCandidates,
} from './stand-in-text.ts';

/** What a pass takes, whatever is in it, and what each of its rows adds. */
export const PASS_MS = 10;
export const ROW_MS = 1;

/** Numbers a block keeps of a position: its history and the seed of the text. */
const KEPT_NUMBERS = 2;

/**
 * A device that takes its time by waiting, not by computing: several tabs then share two processors
 * without slowing each other down, and what remains is the network's and the tabs' own doing. Sessions,
 * pages and passes are the engine's own (`create-stage`, `pass-queue`); only this is made up.
 */
export function createStandInBackend(
  config: ModelConfig,
  firstBlock: number,
  endBlock: number,
  clock: Clock = EXACT_CLOCK,
): Backend & { readonly busyMs: number } {
  const blockCount = endBlock - firstBlock;
  const pageNumbers = blockCount * PAGE_POSITIONS * KEPT_NUMBERS;
  let kept = new Int32Array(0);
  let busyUntilMs = 0;
  let busyMs = 0;
  let isDisposed = false;

  /** Where `pages` keep what a block saw at a position. */
  const placeOf = (pages: readonly number[], block: number, position: number): number => {
    const page = pages[Math.floor(position / PAGE_POSITIONS)] as number;
    const row = (block - firstBlock) * PAGE_POSITIONS + (position % PAGE_POSITIONS);
    return page * pageNumbers + row * KEPT_NUMBERS;
  };
  const recall = (pages: readonly number[], block: number, position: number): Kept | undefined => {
    if (position < 0) return undefined;
    const place = placeOf(pages, block, position);
    return { history: kept[place] as number, seed: kept[place + 1] as number };
  };

  const runRow = (chunk: Chunk, segment: Segment, index: number, row: Int32Array): void => {
    const { pages, input } = segment;
    const position = segment.position + index;
    const first = chunk.range.firstBlock;
    if (input instanceof Uint32Array) {
      embedRow(row, input[index] as number, position, recall(pages, first, position - 1));
    } else {
      const at = index * STAND_IN_HIDDEN_SIZE;
      row.set(input.subarray(at, at + STAND_IN_HIDDEN_SIZE));
    }
    for (let block = first; block < chunk.range.endBlock; block++) {
      const { history, seed } = runBlock(row, block, recall(pages, block, position - 1));
      const place = placeOf(pages, block, position);
      kept[place] = history;
      kept[place + 1] = seed;
    }
  };

  const compute = (chunk: Chunk): ArrayBuffer => {
    const { segments, range } = chunk;
    const rowCount = sum(segments.map(({ tokenCount }) => tokenCount));
    const headRowCount = sum(segments.map(({ headRows }) => headRows));
    const words = range.heads
      ? headRowCount * CANDIDATE_ROW_WORDS
      : rowCount * STAND_IN_HIDDEN_SIZE;
    const rows = new ArrayBuffer(words * 4);
    const row = new Int32Array(STAND_IN_HIDDEN_SIZE);
    let written = 0;
    for (const segment of segments) {
      const { tokenCount, headRows } = segment;
      for (let index = 0; index < tokenCount; index++) {
        runRow(chunk, segment, index, row);
        if (!range.heads) {
          new Float32Array(rows, written * STAND_IN_HIDDEN_SIZE * 4, row.length).set(row);
          written += 1;
        } else if (index >= tokenCount - headRows) {
          const position = segment.position + index;
          writeCandidates(rows, written, row, position, config.vocabSize);
          written += 1;
        }
      }
    }
    return rows;
  };

  return {
    numericClass: 'stand-in',
    threadCount: 0,
    pageBytes: pageNumbers * 4,
    pagesMax: 65_536,
    weightBytes: 0,
    allocatedBytes: () => (isDisposed ? 0 : kept.byteLength),
    async growPages(pageCount) {
      const grown = new Int32Array(pageCount * pageNumbers);
      grown.set(kept);
      kept = grown;
    },
    copyPages(_, copies) {
      for (const { from, to } of copies) {
        kept.copyWithin(to * pageNumbers, from * pageNumbers, (from + 1) * pageNumbers);
      }
    },
    async run(chunk): Promise<ChunkResult> {
      const startMs = Math.max(busyUntilMs, clock.nowMs());
      const rowCount = sum(chunk.segments.map(({ tokenCount }) => tokenCount));
      const passMs = PASS_MS + rowCount * ROW_MS;
      busyMs += passMs;
      busyUntilMs = startMs + passMs;
      const endMs = busyUntilMs;
      const rows = compute(chunk);
      await clock.waitUntil(endMs);
      return { rows, dispatchCount: 0 };
    },
    get busyMs() {
      return busyMs;
    },
    failure: () => undefined,
    dispose() {
      isDisposed = true;
      kept = new Int32Array(0);
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
