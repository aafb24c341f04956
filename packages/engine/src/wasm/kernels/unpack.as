// Strips of every type to F32 strips, `[column][8 rows]`: for products with f32 activations and for
// rows of the embedding. Types are numbered as in weights/held-type.ts.

import { halves } from './simd';

export const F32 = 0;
export const F16 = 1;
export const Q8_0 = 2;
export const Q4_0 = 3;
export const Q4_K = 4;
export const Q6_K = 5;

export function unpackStrip(type: i32, strip: usize, columns: i32, out: usize): void {
  if (type == F16) unpackF16(strip, columns, out);
  else if (type == Q8_0) unpackQ80(strip, columns, out);
  else if (type == Q4_0) unpackQ40(strip, columns, out);
  else if (type == Q4_K) unpackQ4K(strip, columns, out);
  else if (type == Q6_K) unpackQ6K(strip, columns, out);
  else memory.copy(out, strip, <usize>columns * 32);
}

/** Takes one row out of a strip. */
export function unpackRow(
  type: i32,
  strip: usize,
  row: i32,
  columns: i32,
  scratch: usize,
  out: usize,
): void {
  unpackStrip(type, strip, columns, scratch);
  for (let column = 0; column < columns; column++) {
    store<f32>(out + (column << 2), load<f32>(scratch + ((column * 8 + row) << 2)));
  }
}

function unpackF16(strip: usize, columns: i32, out: usize): void {
  for (let column = 0; column < columns; column++) {
    const bits = v128.load(strip);
    v128.store(out, halves(i32x4.extend_low_i16x8_s(bits)));
    v128.store(out, halves(i32x4.extend_high_i16x8_s(bits)), 16);
    strip += 16;
    out += 32;
  }
}

function unpackQ80(strip: usize, columns: i32, out: usize): void {
  for (let column = 0; column < columns; column += 32) {
    const bits = v128.load(strip);
    const scale0 = halves(i32x4.extend_low_i16x8_s(bits));
    const scale1 = halves(i32x4.extend_high_i16x8_s(bits));
    strip += 16;
    for (let pair = 0; pair < 16; pair++) {
      putPair(v128.load(strip), scale0, scale1, out);
      strip += 16;
      out += 64;
    }
  }
}

function unpackQ6K(strip: usize, columns: i32, out: usize): void {
  for (let column = 0; column < columns; column += 16) {
    const scale0 = v128.load(strip);
    const scale1 = v128.load(strip, 16);
    strip += 32;
    for (let pair = 0; pair < 8; pair++) {
      putPair(v128.load(strip), scale0, scale1, out);
      strip += 16;
      out += 64;
    }
  }
}

function unpackQ40(strip: usize, columns: i32, out: usize): void {
  for (let column = 0; column < columns; column += 32) {
    const bits = v128.load(strip);
    const scale0 = halves(i32x4.extend_low_i16x8_s(bits));
    const scale1 = halves(i32x4.extend_high_i16x8_s(bits));
    strip += 16;
    for (let piece = 0; piece < 8; piece++) {
      const nibbles = v128.load(strip);
      const low = i8x16.sub(v128.and(nibbles, i8x16.splat(15)), i8x16.splat(8));
      const high = i8x16.sub(i8x16.shr_u(nibbles, 4), i8x16.splat(8));
      putPair(low, scale0, scale1, out);
      putPair(high, scale0, scale1, out + 64);
      strip += 16;
      out += 128;
    }
  }
}

function unpackQ4K(strip: usize, columns: i32, out: usize): void {
  for (let column = 0; column < columns; column += 32) {
    const start = out;
    const scale0 = v128.load(strip);
    const scale1 = v128.load(strip, 16);
    const minimum0 = v128.load(strip, 32);
    const minimum1 = v128.load(strip, 48);
    strip += 64;
    for (let piece = 0; piece < 8; piece++) {
      const nibbles = v128.load(strip);
      const low = i8x16.sub(v128.and(nibbles, i8x16.splat(15)), i8x16.splat(8));
      const high = i8x16.sub(i8x16.shr_u(nibbles, 4), i8x16.splat(8));
      putPair(low, scale0, scale1, out);
      putPair(high, scale0, scale1, out + 64);
      strip += 16;
      out += 128;
    }
    for (let at = start; at < out; at += 32) {
      v128.store(at, f32x4.sub(v128.load(at), minimum0));
      v128.store(at, f32x4.sub(v128.load(at, 16), minimum1), 16);
    }
  }
}

/** Eight rows of two columns, their bytes side by side. */
// @ts-ignore: decorator
@inline
function putPair(bytes: v128, scale0: v128, scale1: v128, out: usize): void {
  const first = i16x8.shr_s(i16x8.shl(bytes, 8), 8);
  const second = i16x8.shr_s(bytes, 8);
  v128.store(out, scaled(i32x4.extend_low_i16x8_s(first), scale0));
  v128.store(out, scaled(i32x4.extend_high_i16x8_s(first), scale1), 16);
  v128.store(out, scaled(i32x4.extend_low_i16x8_s(second), scale0), 32);
  v128.store(out, scaled(i32x4.extend_high_i16x8_s(second), scale1), 48);
}

// @ts-ignore: decorator
@inline
function scaled(integers: v128, scale: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(integers), scale);
}
