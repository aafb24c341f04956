// Strips of every type to F32 strips, `[column][8 rows]`: for products with f32 activations and for
// rows of the embedding. Types are numbered as in weights/held-type.ts.

import { halves, scales } from './simd';

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
    const scale0 = scales(v128.load16x4_s(strip)), scale1 = scales(v128.load16x4_s(strip, 8));
    putBytes(strip + 16, 8, 128, scale0, scale1, out);
    strip += 272;
    out += 1024;
  }
}

function unpackQ6K(strip: usize, columns: i32, out: usize): void {
  for (let column = 0; column < columns; column += 16) {
    putBytes(strip + 32, 4, 32, v128.load(strip), v128.load(strip, 16), out);
    strip += 160;
    out += 512;
  }
}

function unpackQ40(strip: usize, columns: i32, out: usize): void {
  for (let column = 0; column < columns; column += 32) {
    const scale0 = scales(v128.load16x4_s(strip)), scale1 = scales(v128.load16x4_s(strip, 8));
    putNibbles(strip + 16, 8, scale0, scale1, out);
    strip += 144;
    out += 1024;
  }
}

function unpackQ4K(strip: usize, columns: i32, out: usize): void {
  for (let column = 0; column < columns; column += 32) {
    putNibbles(strip + 64, 0, v128.load(strip), v128.load(strip, 16), out);
    const eight = f32x4.splat(8);
    const minimum0 = f32x4.mul(v128.load(strip, 32), eight);
    const minimum1 = f32x4.mul(v128.load(strip, 48), eight);
    for (let at = out, end = out + 1024; at < end; at += 32) {
      v128.store(at, f32x4.sub(v128.load(at), minimum0));
      v128.store(at, f32x4.sub(v128.load(at, 16), minimum1), 16);
    }
    strip += 192;
    out += 1024;
  }
}

/** Quads of bytes q + `zero` of eight rows. */
// @ts-ignore: decorator
@inline
function putBytes(
  quants: usize, quads: i32, zero: i32, scale0: v128, scale1: v128, out: usize,
): void {
  for (let quad = 0; quad < quads; quad++) {
    putQuad(v128.load(quants), zero, scale0, out);
    putQuad(v128.load(quants, 16), zero, scale1, out + 16);
    quants += 32;
    out += 128;
  }
}

/** Eight quads of nibbles q + `zero` of eight rows. */
// @ts-ignore: decorator
@inline
function putNibbles(quants: usize, zero: i32, scale0: v128, scale1: v128, out: usize): void {
  const mask = i8x16.splat(15);
  for (let quad = 0; quad < 8; quad++) {
    const nibbles = v128.load(quants);
    putQuad(v128.and(nibbles, mask), zero, scale0, out);
    putQuad(v128.and(i16x8.shr_u(nibbles, 4), mask), zero, scale1, out + 16);
    quants += 16;
    out += 128;
  }
}

/** Four columns of four rows, `bytes` one 32-bit lane a row. */
// @ts-ignore: decorator
@inline
function putQuad(bytes: v128, zero: i32, scale: v128, out: usize): void {
  const mask = i32x4.splat(255);
  v128.store(out, scaled(v128.and(bytes, mask), zero, scale));
  v128.store(out, scaled(v128.and(i32x4.shr_u(bytes, 8), mask), zero, scale), 32);
  v128.store(out, scaled(v128.and(i32x4.shr_u(bytes, 16), mask), zero, scale), 64);
  v128.store(out, scaled(i32x4.shr_u(bytes, 24), zero, scale), 96);
}

// @ts-ignore: decorator
@inline
function scaled(integers: v128, zero: i32, scale: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(integers, i32x4.splat(zero))), scale);
}
