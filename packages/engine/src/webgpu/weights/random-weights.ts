import { blockBytes, blockSize, tensorByteLength } from '@manyhands/model/quant/block-layout';
import { dequantize } from '@manyhands/model/quant/dequantize';
import type { DeviceType } from '@manyhands/model/quant/device-type';
import { encodeFloat16 } from '@manyhands/model/quant/float16';
import type { Random } from '@manyhands/testkit/random';
import { encodeGroup, groupCount, ROWS_PER_GROUP, wordsPerRow } from './row-layout.ts';

export const DEVICE_TYPES = ['F32', 'F16', 'Q8_0', 'Q4_0', 'Q4_K', 'Q6_K'] as const;

/** A matrix for tests: GGUF bytes of random quants, their values, and its words on the device. */
export interface RandomWeights {
  readonly rows: Uint8Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
  readonly words: Uint32Array<ArrayBuffer>;
}

/** The nearest row length that fills blocks of the type. */
export function fittingColumns(type: DeviceType, columnCount: number): number {
  const size = blockSize(type);
  return Math.ceil(columnCount / size) * size;
}

export function randomWeights(
  random: Random,
  type: DeviceType,
  rowCount: number,
  columnCount: number,
): RandomWeights {
  const rowBytes = tensorByteLength(type, [columnCount]);
  const rows = random.bytes(rowBytes * rowCount);
  setScales(type, rows, random);
  const values = dequantize(type, rows, rowCount * columnCount);
  return { rows, values, words: encodeMatrix(type, columnCount, rows, rowCount) };
}

/** The words of every group, one after another. */
export function encodeMatrix(
  type: DeviceType,
  columnCount: number,
  rows: Uint8Array,
  rowCount: number,
): Uint32Array<ArrayBuffer> {
  const rowBytes = rows.length / rowCount;
  const groupWords = wordsPerRow(type, columnCount) * ROWS_PER_GROUP;
  const words = new Uint32Array(groupCount(rowCount) * groupWords);
  for (let first = 0; first < rowCount; first += ROWS_PER_GROUP) {
    const count = Math.min(ROWS_PER_GROUP, rowCount - first);
    const bytes = rows.subarray(first * rowBytes, (first + count) * rowBytes);
    words.set(encodeGroup(type, columnCount, bytes, count), (first / ROWS_PER_GROUP) * groupWords);
  }
  return words;
}

/** Random bytes are fine quants but wild scales: these give weights of about a tenth to one. */
function setScales(type: DeviceType, rows: Uint8Array<ArrayBuffer>, random: Random): void {
  const view = new DataView(rows.buffer);
  for (let at = 0; at < rows.length; at += blockBytes(type)) {
    if (type === 'F32') view.setFloat32(at, random.normal(), true);
    for (const [place, size] of HALVES[type]) {
      view.setUint16(at + place, encodeFloat16(random.normal() * size), true);
    }
  }
}

/** Where a block of each type keeps f16 numbers, and how large they should be. */
const HALVES: Record<DeviceType, readonly (readonly [place: number, size: number])[]> = {
  F32: [],
  F16: [[0, 1]],
  Q8_0: [[0, 0.01]],
  Q4_0: [[0, 0.1]],
  Q4_K: [
    [0, 0.002],
    [2, 0.01],
  ],
  Q6_K: [[208, 0.0005]],
};
