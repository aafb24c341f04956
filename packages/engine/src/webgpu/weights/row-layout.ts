import type { DeviceType } from '@manyhands/model/quant/device-type';
import { encodeRow } from './encode-row.ts';

/**
 * How matrices lie on the device. GGUF's blocks of 18, 34 or 210 bytes are not aligned to words, and
 * one invocation a row would read them far apart. So each row becomes words (`encodeRow`): first the
 * quants, then the scales, about as large as in the file. Rows go in groups of 32 whose words are
 * interleaved: word `w` of row `r` is at `(floor(r / 32) * wordsPerRow + w) * 32 + r % 32`. Thirty-two
 * neighbouring invocations that own a row each then read 128 consecutive bytes.
 */
export const ROWS_PER_GROUP = 32;

/** Every type is read in chunks of 32 weights; rows of F32 and F16 are padded with zeros. */
export const CHUNK_WEIGHTS = 32;

export function chunkCount(columnCount: number): number {
  return Math.ceil(columnCount / CHUNK_WEIGHTS);
}

export function groupCount(rowCount: number): number {
  return Math.ceil(rowCount / ROWS_PER_GROUP);
}

/** Rows with the padding that fills the last group. */
export function paddedRows(rowCount: number): number {
  return groupCount(rowCount) * ROWS_PER_GROUP;
}

/** 32-bit words of one row on the device. */
export function wordsPerRow(type: DeviceType, columnCount: number): number {
  const chunks = chunkCount(columnCount);
  const superBlocks = columnCount / 256;
  switch (type) {
    case 'F32':
      return chunks * 32;
    case 'F16':
      return chunks * 16;
    case 'Q8_0':
      return chunks * 8 + Math.ceil(chunks / 2);
    case 'Q4_0':
      return chunks * 4 + Math.ceil(chunks / 2);
    case 'Q4_K':
      return chunks * 4 + superBlocks * 4;
    case 'Q6_K':
      return chunks * 6 + superBlocks * 5;
    default:
      return type satisfies never;
  }
}

/** Bytes of one group of 32 rows on the device. */
export function groupBytes(type: DeviceType, columnCount: number): number {
  return wordsPerRow(type, columnCount) * ROWS_PER_GROUP * 4;
}

/** Device words of up to 32 rows of GGUF bytes; missing rows of the last group are zero. */
export function encodeGroup(
  type: DeviceType,
  columnCount: number,
  rows: Uint8Array,
  rowCount: number,
): Uint32Array<ArrayBuffer> {
  const words = wordsPerRow(type, columnCount);
  const rowBytes = rows.length / rowCount;
  const group = new Uint32Array(words * ROWS_PER_GROUP);
  const row = new Uint32Array(words);
  for (let lane = 0; lane < rowCount; lane += 1) {
    row.fill(0);
    encodeRow(type, rows.subarray(lane * rowBytes, (lane + 1) * rowBytes), row);
    for (let word = 0; word < words; word += 1) {
      group[word * ROWS_PER_GROUP + lane] = row[word] as number;
    }
  }
  return group;
}
