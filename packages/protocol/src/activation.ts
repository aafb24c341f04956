import { ProtocolError } from './error.ts';

/**
 * How hidden states travel. `f16` halves the bytes and moves log-probabilities by about 0.01; `q8`, a
 * byte a value and a scale a row, halves them again and moves them by up to 0.25.
 */
export const ACTIVATION_TYPES = ['f32', 'f16', 'q8'] as const;
export type ActivationType = (typeof ACTIVATION_TYPES)[number];

/**
 * Encodes rows of `width` hidden values little-endian. Throws `malformed` on NaN or an infinity, and
 * `overflow` where a value is beyond what the type can say (65,504 as `f16`): send that frame as `f32`.
 */
export function encodeActivation(
  values: Float32Array,
  dtype: ActivationType,
  width: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteLengthOf(values.length, dtype, width));
  if (dtype === 'f32') {
    requireFinite(values);
    new Float32Array(bytes.buffer).set(values);
    return bytes;
  }
  if (dtype === 'q8') {
    encodeRows(values, bytes, width);
    return bytes;
  }
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bytes.buffer);
  for (let index = 0; index < bits.length; index++) {
    halves[index] = halfOf(bits[index] as number);
  }
  return bytes;
}

/** Decodes `count` values in rows of `width`. Throws `malformed` on another length, NaN or an infinity. */
export function decodeActivation(
  bytes: Uint8Array,
  dtype: ActivationType,
  count: number,
  width: number,
): Float32Array<ArrayBuffer> {
  if (bytes.length !== byteLengthOf(count, dtype, width)) {
    throw new ProtocolError(
      'malformed',
      `${bytes.length} bytes cannot hold ${count} ${dtype} values.`,
    );
  }
  // A copy: aligned whatever the frame's offset was, and the caller may transfer it.
  const { buffer } = bytes.slice();
  if (dtype === 'f32') {
    const values = new Float32Array(buffer);
    requireFinite(values);
    return values;
  }
  return dtype === 'q8' ? decodeRows(buffer, count, width) : floatsOf(new Uint16Array(buffer));
}

function byteLengthOf(count: number, dtype: ActivationType, width: number): number {
  if (dtype === 'q8') return (count / width) * SCALE_BYTES + count;
  return count * (dtype === 'f32' ? 4 : 2);
}

const SCALE_BYTES = 4;
/** The largest byte; -128 is never sent, so that both signs reach as far. */
const LEVEL_MAX = 127;

/** First the scales of all rows, then their bytes: the largest value of a row becomes 127. */
function encodeRows(values: Float32Array, bytes: Uint8Array<ArrayBuffer>, width: number): void {
  const rowCount = values.length / width;
  const scales = new Float32Array(bytes.buffer, 0, rowCount);
  const levels = new Int8Array(bytes.buffer, rowCount * SCALE_BYTES);
  for (let row = 0; row < rowCount; row++) {
    const start = row * width;
    let largest = 0;
    for (let index = start; index < start + width; index++) {
      const size = Math.abs(values[index] as number);
      // False for NaN too.
      if (!(size < Number.POSITIVE_INFINITY)) throw notFinite();
      if (size > largest) largest = size;
    }
    scales[row] = largest / LEVEL_MAX;
    const scale = scales[row] as number;
    if (!Number.isFinite(Math.fround(scale * LEVEL_MAX))) {
      throw new ProtocolError('overflow', 'A hidden value is too large for q8; send f32.');
    }
    // Values so small that their scale rounds to nothing are nothing.
    if (scale === 0) continue;
    for (let index = start; index < start + width; index++) {
      const level = Math.round((values[index] as number) / scale);
      // A scale below the normal floats is too coarse for its own row.
      levels[index] = Math.max(-LEVEL_MAX, Math.min(LEVEL_MAX, level));
    }
  }
}

function decodeRows(buffer: ArrayBuffer, count: number, width: number): Float32Array<ArrayBuffer> {
  const rowCount = count / width;
  const scales = new Float32Array(buffer, 0, rowCount);
  const levels = new Int8Array(buffer, rowCount * SCALE_BYTES);
  const values = new Float32Array(count);
  for (let row = 0; row < rowCount; row++) {
    const scale = scales[row] as number;
    // A sign belongs to a value; and no value may be infinite.
    if (!(scale >= 0) || !Number.isFinite(Math.fround(scale * LEVEL_MAX))) throw notFinite();
    for (let index = row * width; index < (row + 1) * width; index++) {
      const level = levels[index] as number;
      if (level < -LEVEL_MAX) {
        throw new ProtocolError('malformed', 'A hidden value is below the lowest level of q8.');
      }
      values[index] = level * scale;
    }
  }
  return values;
}

/** Rounds the bits of a float to the nearest half, ties to even. */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude >= 0x3880_0000) {
    // Normal half: drop 13 bits; adding 0xfff plus the kept lowest bit rounds ties to even.
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    if (rounded >= 0x4780_0000) {
      if (magnitude >= 0x7f80_0000) throw notFinite();
      throw new ProtocolError('overflow', 'A hidden value is too large for f16; send f32.');
    }
    return sign | ((rounded - 0x3800_0000) >>> 13);
  }
  // At most half of the smallest subnormal, 2^-24: the tie goes to zero.
  if (magnitude <= 0x3300_0000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const mantissa = (magnitude & 0x7f_ffff) | 0x80_0000;
  const half = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
}

function floatsOf(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let index = 0; index < halves.length; index++) {
    const half = halves[index] as number;
    const exponent = half & 0x7c00;
    if (exponent === 0x7c00) throw notFinite();
    if (exponent === 0) {
      const size = (half & 0x3ff) * 2 ** -24;
      values[index] = half & 0x8000 ? -size : size;
    } else {
      bits[index] = ((half & 0x8000) << 16) | (((half & 0x7fff) << 13) + 0x3800_0000);
    }
  }
  return values;
}

function requireFinite(values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let index = 0; index < bits.length; index++) {
    if (((bits[index] as number) & 0x7f80_0000) === 0x7f80_0000) throw notFinite();
  }
}

function notFinite(): ProtocolError {
  return new ProtocolError('malformed', 'A hidden value is not finite.');
}
