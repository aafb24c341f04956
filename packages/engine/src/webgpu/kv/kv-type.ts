import { PAGE_POSITIONS } from '../../stage.ts';
import readF16 from './read-f16.wgsl?raw';
import readF32 from './read-f32.wgsl?raw';
import readQ8 from './read-q8.wgsl?raw';
import writeF16 from './write-f16.wgsl?raw';
import writeF32 from './write-f32.wgsl?raw';
import writeQ8 from './write-q8.wgsl?raw';

/** How keys and values are held: `q8` are 8 bits with a scale for each position and head. */
export type KvType = 'f32' | 'f16' | 'q8';

/** WGSL that reads the cache in attention. */
export const READ_KV: Readonly<Record<KvType, string>> = {
  f32: readF32,
  f16: readF16,
  q8: readQ8,
};

/** WGSL that appends to it. */
export const WRITE_KV: Readonly<Record<KvType, string>> = {
  f32: writeF32,
  f16: writeF16,
  q8: writeQ8,
};

/** What the numeric class says of the cache: nothing where it is exact. */
export const KV_CLASS: Readonly<Record<KvType, string>> = { f32: '', f16: '-kv16', q8: '-kv8' };

/** On a GPU half the bytes are half the time; a software adapter spends it on unpacking instead. */
export function chooseKvType(isFallback: boolean): KvType {
  return isFallback ? 'f32' : 'f16';
}

/** Dimensions are kept in fours. */
export function quadCount(headDim: number): number {
  return Math.ceil(headDim / 4);
}

/** Bytes of the keys, or of the values, of one page in one block. */
export function pagePartBytes(type: KvType, kvHeadCount: number, headDim: number): number {
  const quads = quadCount(headDim);
  const headBytes = { f32: quads * 16, f16: quads * 8, q8: (quads + 1) * 4 }[type];
  return PAGE_POSITIONS * kvHeadCount * headBytes;
}
