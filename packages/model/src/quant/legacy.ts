import type { BlockDecoder } from './block-layout.ts';
import { decodeFloat16 } from './float16.ts';

/**
 * ggml's first generation: 32 values share an f16 scale `d` and, in the `_1` types, an f16 minimum
 * `m`. Nibbles: byte i holds value i in its low and value i + 16 in its high half. The fifth bits
 * of the Q5 types are a 32-bit word with one bit a value.
 */

/** `d (2) | nibbles (16)`, value = d * (q - 8). */
export const decodeQ40: BlockDecoder = (bytes, at, out, outAt) => {
  const d = half(bytes, at);
  for (let i = 0; i < 16; i += 1) {
    const byte = bytes[at + 2 + i] as number;
    out[outAt + i] = d * ((byte & 15) - 8);
    out[outAt + 16 + i] = d * ((byte >> 4) - 8);
  }
};

/** `d (2) | m (2) | nibbles (16)`, value = d * q + m. */
export const decodeQ41: BlockDecoder = (bytes, at, out, outAt) => {
  const d = half(bytes, at);
  const m = half(bytes, at + 2);
  for (let i = 0; i < 16; i += 1) {
    const byte = bytes[at + 4 + i] as number;
    out[outAt + i] = d * (byte & 15) + m;
    out[outAt + 16 + i] = d * (byte >> 4) + m;
  }
};

/** `d (2) | fifth bits (4) | nibbles (16)`, value = d * (q - 16). */
export const decodeQ50: BlockDecoder = (bytes, at, out, outAt) => {
  const d = half(bytes, at);
  for (let i = 0; i < 32; i += 1) {
    out[outAt + i] = d * (fiveBits(bytes, at + 2, i) - 16);
  }
};

/** `d (2) | m (2) | fifth bits (4) | nibbles (16)`, value = d * q + m. */
export const decodeQ51: BlockDecoder = (bytes, at, out, outAt) => {
  const d = half(bytes, at);
  const m = half(bytes, at + 2);
  for (let i = 0; i < 32; i += 1) {
    out[outAt + i] = d * fiveBits(bytes, at + 4, i) + m;
  }
};

/** `d (2) | signed bytes (32)`, value = d * q. */
export const decodeQ80: BlockDecoder = (bytes, at, out, outAt) => {
  const d = half(bytes, at);
  for (let i = 0; i < 32; i += 1) {
    out[outAt + i] = d * (((bytes[at + 2 + i] as number) << 24) >> 24);
  }
};

/** Value `index` (0 to 31) of a Q5 block whose fifth bits start at `at`, followed by the nibbles. */
export function fiveBits(bytes: Uint8Array, at: number, index: number): number {
  const byte = bytes[at + 4 + (index & 15)] as number;
  const nibble = index < 16 ? byte & 15 : byte >> 4;
  const fifth = ((bytes[at + (index >> 3)] as number) >> (index & 7)) & 1;
  return nibble | (fifth << 4);
}

function half(bytes: Uint8Array, at: number): number {
  return decodeFloat16((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
}
