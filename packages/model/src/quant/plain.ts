import type { BlockDecoder } from './block-layout.ts';
import { decodeFloat16 } from './float16.ts';

/** Types that are not quantised, as blocks of one value. */

export const decodeF32: BlockDecoder = (bytes, at, out, outAt) => {
  scratchBits[0] = word(bytes, at) | (word(bytes, at + 2) << 16);
  out[outAt] = scratchFloat[0] as number;
};

export const decodeF16: BlockDecoder = (bytes, at, out, outAt) => {
  out[outAt] = decodeFloat16(word(bytes, at));
};

/** The upper half of a binary32. */
export const decodeBF16: BlockDecoder = (bytes, at, out, outAt) => {
  scratchBits[0] = word(bytes, at) << 16;
  out[outAt] = scratchFloat[0] as number;
};

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

/** Written and read within one call only. */
const scratchBits = new Uint32Array(1);
const scratchFloat = new Float32Array(scratchBits.buffer);
