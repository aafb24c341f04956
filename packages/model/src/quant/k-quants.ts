import type { BlockDecoder } from './block-layout.ts';
import { decodeFloat16 } from './float16.ts';

/**
 * ggml's K-quants: 256 values share f16 scales; sub-blocks of 16 (Q2, Q3, Q6) or 32 (Q4, Q5) values
 * have small integer scales of their own. Bits of values that lie 32 (Q2, Q3, Q4, Q5) or 32 and 64
 * (Q6) apart share a byte, the lowest bits belonging to the first.
 */

/** `scales (16) | 2-bit (64) | d (2) | dmin (2)`, value = d * scale * q - dmin * min. */
export const decodeQ2K: BlockDecoder = (bytes, at, out, outAt) => {
  const d = half(bytes, at + 80);
  const dmin = half(bytes, at + 82);
  for (let sub = 0; sub < 16; sub += 1) {
    const packed = bytes[at + sub] as number;
    const scale = d * (packed & 15);
    const min = dmin * (packed >> 4);
    const { first, shift } = twoBitPlace(sub);
    for (let i = 0; i < 16; i += 1) {
      const q = ((bytes[at + 16 + first + i] as number) >> shift) & 3;
      out[outAt + sub * 16 + i] = scale * q - min;
    }
  }
};

/** `third bits (32) | 2-bit (64) | scales (12) | d (2)`, value = d * (scale - 32) * (q - 4). */
export const decodeQ3K: BlockDecoder = (bytes, at, out, outAt) => {
  const d = half(bytes, at + 108);
  for (let sub = 0; sub < 16; sub += 1) {
    const scale = d * q3kScale(bytes, at, sub);
    for (let i = 0; i < 16; i += 1) out[outAt + sub * 16 + i] = scale * q3kValue(bytes, at, sub, i);
  }
};

/** Signed 6-bit scale of sub-block `sub` of a Q3_K block. */
export function q3kScale(bytes: Uint8Array, at: number, sub: number): number {
  const scales = at + 96;
  const low = ((bytes[scales + (sub & 7)] as number) >> (sub < 8 ? 0 : 4)) & 15;
  const high = ((bytes[scales + 8 + (sub & 3)] as number) >> (2 * (sub >> 2))) & 3;
  return (low | (high << 4)) - 32;
}

/** Value `i` of sub-block `sub` of a Q3_K block: -4 to 3. */
export function q3kValue(bytes: Uint8Array, at: number, sub: number, i: number): number {
  const { first, shift } = twoBitPlace(sub);
  const low = ((bytes[at + 32 + first + i] as number) >> shift) & 3;
  const third = ((bytes[at + (sub & 1) * 16 + i] as number) >> (sub >> 1)) & 1;
  return (low | (third << 2)) - 4;
}

/** `d (2) | dmin (2) | scales (12) | nibbles (128)`, value = d * scale * q - dmin * min. */
export const decodeQ4K: BlockDecoder = (bytes, at, out, outAt) => {
  for (let sub = 0; sub < 8; sub += 1) {
    const { scale, min } = scaleAndMin(bytes, at, sub);
    const first = at + 16 + (sub >> 1) * 32;
    const shift = (sub & 1) * 4;
    for (let i = 0; i < 32; i += 1) {
      const q = ((bytes[first + i] as number) >> shift) & 15;
      out[outAt + sub * 32 + i] = scale * q - min;
    }
  }
};

/** `d (2) | dmin (2) | scales (12) | fifth bits (32) | nibbles (128)`, as Q4_K with 5-bit values. */
export const decodeQ5K: BlockDecoder = (bytes, at, out, outAt) => {
  for (let sub = 0; sub < 8; sub += 1) {
    const { scale, min } = scaleAndMin(bytes, at, sub);
    const first = at + 48 + (sub >> 1) * 32;
    const shift = (sub & 1) * 4;
    for (let i = 0; i < 32; i += 1) {
      const low = ((bytes[first + i] as number) >> shift) & 15;
      const fifth = ((bytes[at + 16 + i] as number) >> sub) & 1;
      out[outAt + sub * 32 + i] = scale * (low | (fifth << 4)) - min;
    }
  }
};

/** `low nibbles (128) | upper bits (64) | signed scales (16) | d (2)`, value = d * scale * (q - 32). */
export const decodeQ6K: BlockDecoder = (bytes, at, out, outAt) => {
  const d = half(bytes, at + 208);
  for (let group = 0; group < 8; group += 1) {
    const { low, high, lowShift, highShift } = sixBitPlace(group);
    for (let i = 0; i < 32; i += 1) {
      const scale = ((bytes[at + 192 + group * 2 + (i >> 4)] as number) << 24) >> 24;
      const q =
        (((bytes[at + low + i] as number) >> lowShift) & 15) |
        ((((bytes[at + high + i] as number) >> highShift) & 3) << 4);
      out[outAt + group * 32 + i] = d * scale * (q - 32);
    }
  }
};

/** Where the 32 values of a Q6_K block's group (of eight) start, and by how much to shift them. */
export function sixBitPlace(group: number) {
  const inHalf = group & 3;
  return {
    low: (group >> 2) * 64 + (inHalf & 1) * 32,
    lowShift: (inHalf >> 1) * 4,
    high: 128 + (group >> 2) * 32,
    highShift: inHalf * 2,
  };
}

/** Where the 16 values of a Q2_K or Q3_K sub-block start in its 64 bytes of 2-bit values. */
function twoBitPlace(sub: number) {
  return { first: (sub >> 3) * 32 + (sub & 1) * 16, shift: ((sub & 7) >> 1) * 2 };
}

/** Eight 6-bit scales and eight 6-bit minima packed in 12 bytes, times the block's f16 factors. */
function scaleAndMin(bytes: Uint8Array, at: number, sub: number) {
  const byte = (i: number) => bytes[at + 4 + i] as number;
  const [scale, min] =
    sub < 4
      ? [byte(sub) & 63, byte(sub + 4) & 63]
      : [
          (byte(sub + 4) & 15) | ((byte(sub - 4) >> 6) << 4),
          (byte(sub + 4) >> 4) | ((byte(sub) >> 6) << 4),
        ];
  return { scale: half(bytes, at) * scale, min: half(bytes, at + 2) * min };
}

function half(bytes: Uint8Array, at: number): number {
  return decodeFloat16((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
}
