// Rows of f32 activations times a matrix: out[token, row] = sum over columns of weight * x.
//
// Lanes are rows: a strip's column is two vectors of four rows, x is one number in all lanes, so sums
// need no adding across lanes. Strips of other types are unpacked to `scratch` (32 bytes a column, which
// stays in a near cache) and then multiplied with every token. Sums are f32; with one token four columns
// go to sums of their own, which keeps the multipliers busy and the rounding small.

import { madd, put } from './simd';
import { F32, unpackStrip } from './unpack';

export function productF32(
  type: i32,
  weights: usize,
  stripBytes: usize,
  stripCount: i32,
  columns: i32,
  scratch: usize,
  x: usize,
  xStride: usize,
  tokens: i32,
  out: usize,
  outStride: usize,
  accumulates: bool,
): void {
  for (let index = 0; index < stripCount; index++) {
    let strip = weights + <usize>index * stripBytes;
    if (type != F32) {
      unpackStrip(type, strip, columns, scratch);
      strip = scratch;
    }
    const to = out + (<usize>index << 5);
    let token = 0;
    for (; token + 4 <= tokens; token += 4) {
      const at = to + <usize>token * outStride;
      fourTokens(strip, columns, x + <usize>token * xStride, xStride, at, outStride, accumulates);
    }
    for (; token < tokens; token++) {
      const at = to + <usize>token * outStride;
      oneToken(strip, columns, x + <usize>token * xStride, at, accumulates);
    }
  }
}

function oneToken(w: usize, columns: i32, x: usize, out: usize, accumulates: bool): void {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  let column = 0;
  for (; column + 4 <= columns; column += 4) {
    const xa = v128.load32_splat(x), xb = v128.load32_splat(x, 4);
    const xc = v128.load32_splat(x, 8), xd = v128.load32_splat(x, 12);
    a0 = madd(v128.load(w), xa, a0);
    a1 = madd(v128.load(w, 16), xa, a1);
    b0 = madd(v128.load(w, 32), xb, b0);
    b1 = madd(v128.load(w, 48), xb, b1);
    c0 = madd(v128.load(w, 64), xc, c0);
    c1 = madd(v128.load(w, 80), xc, c1);
    d0 = madd(v128.load(w, 96), xd, d0);
    d1 = madd(v128.load(w, 112), xd, d1);
    w += 128;
    x += 16;
  }
  for (; column < columns; column++) {
    const xa = v128.load32_splat(x);
    a0 = madd(v128.load(w), xa, a0);
    a1 = madd(v128.load(w, 16), xa, a1);
    w += 32;
    x += 4;
  }
  put(out, f32x4.add(f32x4.add(a0, b0), f32x4.add(c0, d0)), accumulates);
  put(out + 16, f32x4.add(f32x4.add(a1, b1), f32x4.add(c1, d1)), accumulates);
}

function fourTokens(
  w: usize,
  columns: i32,
  x: usize,
  xStride: usize,
  out: usize,
  outStride: usize,
  accumulates: bool,
): void {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  const xb = x + xStride, xc = xb + xStride, xd = xc + xStride;
  for (let at: usize = 0, end = <usize>columns << 2; at < end; at += 4) {
    const w0 = v128.load(w), w1 = v128.load(w, 16);
    let value = v128.load32_splat(x + at);
    a0 = madd(w0, value, a0);
    a1 = madd(w1, value, a1);
    value = v128.load32_splat(xb + at);
    b0 = madd(w0, value, b0);
    b1 = madd(w1, value, b1);
    value = v128.load32_splat(xc + at);
    c0 = madd(w0, value, c0);
    c1 = madd(w1, value, c1);
    value = v128.load32_splat(xd + at);
    d0 = madd(w0, value, d0);
    d1 = madd(w1, value, d1);
    w += 32;
  }
  put(out, a0, accumulates);
  put(out + 16, a1, accumulates);
  out += outStride;
  put(out, b0, accumulates);
  put(out + 16, b1, accumulates);
  out += outStride;
  put(out, c0, accumulates);
  put(out + 16, c1, accumulates);
  out += outStride;
  put(out, d0, accumulates);
  put(out + 16, d1, accumulates);
}
