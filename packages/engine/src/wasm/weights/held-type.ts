import type { DeviceType } from '@manyhands/model/quant/device-type';
import type { Kernels } from '../kernels.ts';

/** Rows that lie interleaved in one strip: see kernels/repack.as. */
export const ROWS_PER_STRIP = 8;

/** How a type is held in memory and which kernels know it. */
export interface HeldType {
  /** As kernels/unpack.as numbers them. */
  readonly code: number;
  readonly repack: keyof Kernels & `repack${string}`;
  /** Bytes of a strip are `bytes` for each `columns`. */
  readonly bytes: number;
  readonly columns: number;
}

export const HELD_TYPES: Readonly<Record<DeviceType, HeldType>> = {
  F32: { code: 0, repack: 'repackF32', bytes: 32, columns: 1 },
  F16: { code: 1, repack: 'repackF16', bytes: 16, columns: 1 },
  Q8_0: { code: 2, repack: 'repackQ80', bytes: 272, columns: 32 },
  Q4_0: { code: 3, repack: 'repackQ40', bytes: 144, columns: 32 },
  Q4_K: { code: 4, repack: 'repackQ4K', bytes: 192, columns: 32 },
  Q6_K: { code: 5, repack: 'repackQ6K', bytes: 160, columns: 16 },
};

export const DEVICE_TYPES = Object.keys(HELD_TYPES) as DeviceType[];

export function stripBytes(type: DeviceType, columnCount: number): number {
  const { bytes, columns } = HELD_TYPES[type];
  return (columnCount / columns) * bytes;
}

export function stripCount(rowCount: number): number {
  return Math.ceil(rowCount / ROWS_PER_STRIP);
}

/** Bytes between rows of activations: whole strips, since products write those. */
export function rowStride(columnCount: number): number {
  return stripCount(columnCount) * ROWS_PER_STRIP * 4;
}
