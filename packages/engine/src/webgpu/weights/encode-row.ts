import type { DeviceType } from '@manyhands/model/quant/device-type';

/** Writes one row of GGUF bytes as device words: quants first, then scales. `out` is zeroed. */
export function encodeRow(type: DeviceType, row: Uint8Array, out: Uint32Array): void {
  ENCODERS[type](row, new Uint8Array(out.buffer, out.byteOffset, out.byteLength));
}

const ENCODERS: Record<DeviceType, (row: Uint8Array, out: Uint8Array) => void> = {
  F32: (row, out) => out.set(row),
  F16: (row, out) => out.set(row),
  Q8_0: (row, out) => encodeScaled(row, out, 32, Q8_0_FLIPS),
  Q4_0: (row, out) => encodeScaled(row, out, 16, Q4_0_FLIPS),
  Q4_K: encodeQ4K,
  Q6_K: encodeQ6K,
};

/**
 * Top bits of the four bytes of a word that are flipped. A field that is masked where it lies in its
 * word becomes a float for nothing where all fields count from zero but the topmost, whose sign is the
 * word's: so Q8_0 has three times quant + 128, then the quant, and Q4_0 seven nibbles, then nibble - 8.
 */
const Q8_0_FLIPS = [0x80, 0x80, 0x80, 0] as const;
const Q4_0_FLIPS = [0, 0, 0, 0x80] as const;

/** Blocks of an f16 scale and `quantBytes` of quants (Q8_0, Q4_0): all quants, then all scales. */
function encodeScaled(
  row: Uint8Array,
  out: Uint8Array,
  quantBytes: number,
  flips: readonly [number, number, number, number],
): void {
  const blockCount = row.length / (2 + quantBytes);
  const scales = blockCount * quantBytes;
  for (let block = 0; block < blockCount; block += 1) {
    const at = block * (2 + quantBytes);
    for (let i = 0; i < quantBytes; i += 1) {
      out[block * quantBytes + i] = (row[at + 2 + i] as number) ^ (flips[i & 3] as number);
    }
    copy(row, at, out, scales + 2 * block, 2);
  }
}

/** d, dmin, 12 bytes of scales, then 128 bytes whose nibbles hold weights j and j + 32 of each 64. */
function encodeQ4K(row: Uint8Array, out: Uint8Array): void {
  const blockCount = row.length / 144;
  for (let block = 0; block < blockCount; block += 1) {
    const at = block * 144;
    copy(row, at, out, blockCount * 128 + block * 16, 16);
    for (let pair = 0; pair < 4; pair += 1) {
      const from = at + 16 + pair * 32;
      const to = block * 128 + pair * 32;
      for (let j = 0; j < 16; j += 1) {
        const a = row[from + j] as number;
        const b = row[from + 16 + j] as number;
        out[to + j] = (a & 15) | ((b & 15) << 4);
        out[to + 16 + j] = (a >> 4) | (b & 0xf0);
      }
    }
  }
}

/** 128 bytes of low nibbles, 64 of upper pairs, 16 scales and d: see `decodeQ6K` in the model. */
function encodeQ6K(row: Uint8Array, out: Uint8Array): void {
  const blockCount = row.length / 210;
  const upper = blockCount * 128;
  const footer = blockCount * 192;
  for (let block = 0; block < blockCount; block += 1) {
    const at = block * 210;
    copy(row, at + 192, out, footer + block * 20, 16);
    copy(row, at + 208, out, footer + block * 20 + 16, 2);
    for (let chunk = 0; chunk < 8; chunk += 1) {
      const lowAt = block * 128 + chunk * 16;
      const highAt = upper + block * 64 + chunk * 8;
      for (let i = 0; i < 32; i += 1) {
        const q = sixBits(row, at, chunk * 32 + i);
        const half = i >> 4;
        const low = lowAt + (i & 15);
        const high = highAt + half * 4 + (i & 3);
        out[low] = (out[low] as number) | ((q & 15) << (half * 4));
        out[high] = (out[high] as number) | ((q >> 4) << (2 * ((i & 15) >> 2)));
      }
    }
  }
}

/** The six bits of weight `i` of the 256 in the Q6_K block at `row[at]`. */
function sixBits(row: Uint8Array, at: number, i: number): number {
  const half = i >> 7;
  const low = row[at + half * 64 + (i & 63)] as number;
  const high = row[at + 128 + half * 32 + (i & 31)] as number;
  return ((i & 64) === 0 ? low & 15 : low >> 4) | (((high >> (2 * ((i & 127) >> 5))) & 3) << 4);
}

/** `subarray` and `set` cost more than they copy at this size. */
function copy(from: Uint8Array, at: number, to: Uint8Array, toAt: number, length: number): void {
  for (let i = 0; i < length; i += 1) to[toAt + i] = from[at + i] as number;
}
