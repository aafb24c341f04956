import { ProtocolError } from './error.ts';

/** How hidden states travel: `f16` halves the bytes and moves log-probabilities by about 0.01. */
export type ActivationType = 'f32' | 'f16';

const ACTIVATION_BYTES: Readonly<Record<ActivationType, number>> = { f32: 4, f16: 2 };

/**
 * Encodes hidden values little-endian. Throws `malformed` on NaN or an infinity, and `overflow` where
 * a finite value rounds beyond the largest half (65,504): send that frame as `f32` instead.
 */
export function encodeActivation(
  values: Float32Array,
  dtype: ActivationType,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * ACTIVATION_BYTES[dtype]);
  if (dtype === 'f32') {
    requireFinite(values);
    new Float32Array(bytes.buffer).set(values);
    return bytes;
  }
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bytes.buffer);
  for (let index = 0; index < bits.length; index++) {
    halves[index] = halfOf(bits[index] as number);
  }
  return bytes;
}

/** Decodes `count` values. Throws `malformed` on another length, NaN or an infinity. */
export function decodeActivation(
  bytes: Uint8Array,
  dtype: ActivationType,
  count: number,
): Float32Array<ArrayBuffer> {
  if (bytes.length !== count * ACTIVATION_BYTES[dtype]) {
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
  return floatsOf(new Uint16Array(buffer));
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
