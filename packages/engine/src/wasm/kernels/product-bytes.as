// Strips of signed bytes (Q8_0, Q6_K) times rows of i16 activations, see quantize.as.
//
// `dot` adds two columns' products in i32, lanes are rows; each block's sum is exact and then scaled by
// the weights' and the activations' scales in f32. A block is 32 columns with f16 scales (Q8_0) or 16
// with f32 scales (Q6_K).

import { halves, madd, put } from './simd';
import { rowBytes } from './quantize';
import { Q8_0 } from './unpack';

export function productBytes(
  type: i32,
  weights: usize,
  stripBytes: usize,
  stripCount: i32,
  columns: i32,
  x: usize,
  tokens: i32,
  out: usize,
  outStride: usize,
  accumulates: bool,
): void {
  const xStride = rowBytes(columns, 2);
  for (let index = 0; index < stripCount; index++) {
    const strip = weights + <usize>index * stripBytes;
    const to = out + (<usize>index << 5);
    let token = 0;
    for (; token + 4 <= tokens; token += 4) {
      const from = x + <usize>token * xStride;
      const at = to + <usize>token * outStride;
      if (type == Q8_0) fourTokensQ80(strip, columns, from, xStride, at, outStride, accumulates);
      else fourTokensQ6K(strip, columns, from, xStride, at, outStride, accumulates);
    }
    for (; token < tokens; token++) {
      const from = x + <usize>token * xStride;
      const at = to + <usize>token * outStride;
      if (type == Q8_0) oneTokenQ80(strip, columns, from, at, accumulates);
      else oneTokenQ6K(strip, columns, from, at, accumulates);
    }
  }
}

function oneTokenQ80(w: usize, columns: i32, x: usize, out: usize, adds: bool): void {
  oneToken(w, columns, x, out, adds, true);
}
function oneTokenQ6K(w: usize, columns: i32, x: usize, out: usize, adds: bool): void {
  oneToken(w, columns, x, out, adds, false);
}
function fourTokensQ80(
  w: usize, columns: i32, x: usize, xStride: usize, out: usize, outStride: usize, adds: bool,
): void {
  fourTokens(w, columns, x, xStride, out, outStride, adds, true);
}
function fourTokensQ6K(
  w: usize, columns: i32, x: usize, xStride: usize, out: usize, outStride: usize, adds: bool,
): void {
  fourTokens(w, columns, x, xStride, out, outStride, adds, false);
}

// @ts-ignore: decorator
@inline
function oneToken(
  w: usize, columns: i32, x: usize, out: usize, accumulates: bool, isQ80: bool,
): void {
  let sum0 = f32x4.splat(0), sum1 = sum0;
  const scales = x + (<usize>columns << 1);
  for (let column = 0; column < columns; column += isQ80 ? 32 : 16) {
    let scale0: v128, scale1: v128;
    if (isQ80) {
      const bits = v128.load(w);
      scale0 = halves(i32x4.extend_low_i16x8_s(bits));
      scale1 = halves(i32x4.extend_high_i16x8_s(bits));
      w += 16;
    } else {
      scale0 = v128.load(w);
      scale1 = v128.load(w, 16);
      w += 32;
    }
    let a0 = i32x4.splat(0), a1 = a0;
    const end = x + (isQ80 ? 64 : 32);
    do {
      let value = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load8x8_s(w), value));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load8x8_s(w, 8), value));
      value = v128.load32_splat(x, 4);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load8x8_s(w, 16), value));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load8x8_s(w, 24), value));
      value = v128.load32_splat(x, 8);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load8x8_s(w, 32), value));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load8x8_s(w, 40), value));
      value = v128.load32_splat(x, 12);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load8x8_s(w, 48), value));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load8x8_s(w, 56), value));
      w += 64;
      x += 16;
    } while (x < end);
    const scale = v128.load32_splat(scales + ((<usize>column >> 5) << 2));
    sum0 = madd(f32x4.convert_i32x4_s(a0), f32x4.mul(scale0, scale), sum0);
    sum1 = madd(f32x4.convert_i32x4_s(a1), f32x4.mul(scale1, scale), sum1);
  }
  put(out, sum0, accumulates);
  put(out + 16, sum1, accumulates);
}

// @ts-ignore: decorator
@inline
function fourTokens(
  w: usize, columns: i32, x: usize, xStride: usize, out: usize, outStride: usize,
  accumulates: bool, isQ80: bool,
): void {
  let s0 = f32x4.splat(0), s1 = s0, t0 = s0, t1 = s0, u0 = s0, u1 = s0, v0 = s0, v1 = s0;
  const toScales = <usize>columns << 1;
  for (let column = 0; column < columns; column += isQ80 ? 32 : 16) {
    let scale0: v128, scale1: v128;
    if (isQ80) {
      const bits = v128.load(w);
      scale0 = halves(i32x4.extend_low_i16x8_s(bits));
      scale1 = halves(i32x4.extend_high_i16x8_s(bits));
      w += 16;
    } else {
      scale0 = v128.load(w);
      scale1 = v128.load(w, 16);
      w += 32;
    }
    let a0 = i32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    let xa = x + (<usize>column << 1), xb = xa + xStride, xc = xb + xStride, xd = xc + xStride;
    const end = w + (isQ80 ? 256 : 128);
    do {
      const low = v128.load8x8_s(w), high = v128.load8x8_s(w, 8);
      let value = v128.load32_splat(xa);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(low, value));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(high, value));
      value = v128.load32_splat(xb);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(low, value));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(high, value));
      value = v128.load32_splat(xc);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(low, value));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(high, value));
      value = v128.load32_splat(xd);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(low, value));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(high, value));
      w += 16;
      xa += 4;
      xb += 4;
      xc += 4;
      xd += 4;
    } while (w < end);
    let scales = x + toScales + ((<usize>column >> 5) << 2);
    let scale = v128.load32_splat(scales);
    s0 = madd(f32x4.convert_i32x4_s(a0), f32x4.mul(scale0, scale), s0);
    s1 = madd(f32x4.convert_i32x4_s(a1), f32x4.mul(scale1, scale), s1);
    scale = v128.load32_splat((scales += xStride));
    t0 = madd(f32x4.convert_i32x4_s(b0), f32x4.mul(scale0, scale), t0);
    t1 = madd(f32x4.convert_i32x4_s(b1), f32x4.mul(scale1, scale), t1);
    scale = v128.load32_splat((scales += xStride));
    u0 = madd(f32x4.convert_i32x4_s(c0), f32x4.mul(scale0, scale), u0);
    u1 = madd(f32x4.convert_i32x4_s(c1), f32x4.mul(scale1, scale), u1);
    scale = v128.load32_splat((scales += xStride));
    v0 = madd(f32x4.convert_i32x4_s(d0), f32x4.mul(scale0, scale), v0);
    v1 = madd(f32x4.convert_i32x4_s(d1), f32x4.mul(scale1, scale), v1);
  }
  put(out, s0, accumulates);
  put(out + 16, s1, accumulates);
  put((out += outStride), t0, accumulates);
  put(out + 16, t1, accumulates);
  put((out += outStride), u0, accumulates);
  put(out + 16, u1, accumulates);
  put((out += outStride), v0, accumulates);
  put(out + 16, v1, accumulates);
}
