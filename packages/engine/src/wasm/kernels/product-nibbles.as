// Strips of nibbles (Q4_0, Q4_K) times rows of integer activations, see quantize.as.
//
// Nibbles are q from 0 to 15 and mean q - 8, so a block's sum starts at -8 times the sum of its
// activations. With i16 activations `dot` adds pairs of columns in i32. With i8 activations (only with
// relaxed SIMD) `relaxed_dot` adds pairs in i16, where a whole block is summed: the sum may wrap on the
// way, but what it ends with is at most 32 * 127 * 8 = 32512 and fits. Q4_K also subtracts minima times
// the activations' sum.

import { halves, madd, put } from './simd';
import { rowBytes } from './quantize';
import { Q4_0 } from './unpack';

export function productNibbles(
  type: i32,
  weights: usize,
  stripBytes: usize,
  stripCount: i32,
  columns: i32,
  x: usize,
  integerBytes: i32,
  tokens: i32,
  out: usize,
  outStride: usize,
  accumulates: bool,
): void {
  const xStride = rowBytes(columns, integerBytes);
  const isI8 = integerBytes == 1;
  for (let index = 0; index < stripCount; index++) {
    const strip = weights + <usize>index * stripBytes;
    const to = out + (<usize>index << 5);
    let token = 0;
    for (; token + 4 <= tokens; token += 4) {
      const from = x + <usize>token * xStride;
      const at = to + <usize>token * outStride;
      if (ASC_FEATURE_RELAXED_SIMD && isI8) {
        if (type == Q4_0) fourI8(strip, columns, from, xStride, at, outStride, accumulates, true);
        else fourI8(strip, columns, from, xStride, at, outStride, accumulates, false);
      } else {
        if (type == Q4_0) fourI16(strip, columns, from, xStride, at, outStride, accumulates, true);
        else fourI16(strip, columns, from, xStride, at, outStride, accumulates, false);
      }
    }
    for (; token < tokens; token++) {
      const from = x + <usize>token * xStride;
      const at = to + <usize>token * outStride;
      if (ASC_FEATURE_RELAXED_SIMD && isI8) {
        if (type == Q4_0) oneI8(strip, columns, from, at, accumulates, true);
        else oneI8(strip, columns, from, at, accumulates, false);
      } else {
        if (type == Q4_0) oneI16(strip, columns, from, at, accumulates, true);
        else oneI16(strip, columns, from, at, accumulates, false);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function oneI16(
  w: usize, columns: i32, x: usize, out: usize, accumulates: bool, isQ40: bool,
): void {
  let sum0 = f32x4.splat(0), sum1 = sum0;
  let scales = x + (<usize>columns << 1);
  const toSums = <usize>columns >> 3;
  const mask = i8x16.splat(15);
  for (let column = 0; column < columns; column += 32) {
    const head = w;
    w += isQ40 ? 16 : 64;
    const activations = load<i32>(scales + toSums);
    let a0 = i32x4.splat(-8 * activations), a1 = a0;
    let b0 = i32x4.splat(0), b1 = b0;
    const end = x + 64;
    do {
      const nibbles = v128.load(w);
      const low = v128.and(nibbles, mask), high = i8x16.shr_u(nibbles, 4);
      let value = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), value));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), value));
      value = v128.load32_splat(x, 4);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), value));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), value));
      w += 16;
      x += 8;
    } while (x < end);
    const scale = v128.load32_splat(scales);
    a0 = f32x4.convert_i32x4_s(i32x4.add(a0, b0));
    a1 = f32x4.convert_i32x4_s(i32x4.add(a1, b1));
    sum0 = madd(a0, f32x4.mul(scaleOf(head, 0, isQ40), scale), sum0);
    sum1 = madd(a1, f32x4.mul(scaleOf(head, 1, isQ40), scale), sum1);
    if (!isQ40) {
      const x32 = f32x4.mul(scale, f32x4.splat(-(<f32>activations)));
      sum0 = madd(v128.load(head, 32), x32, sum0);
      sum1 = madd(v128.load(head, 48), x32, sum1);
    }
    scales += 4;
  }
  put(out, sum0, accumulates);
  put(out + 16, sum1, accumulates);
}

// @ts-ignore: decorator
@inline
function fourI16(
  w: usize, columns: i32, x: usize, xStride: usize, out: usize, outStride: usize,
  accumulates: bool, isQ40: bool,
): void {
  let s0 = f32x4.splat(0), s1 = s0, t0 = s0, t1 = s0, u0 = s0, u1 = s0, v0 = s0, v1 = s0;
  let scales = x + (<usize>columns << 1);
  const toSums = <usize>columns >> 3;
  const mask = i8x16.splat(15);
  for (let column = 0; column < columns; column += 32) {
    const head = w;
    w += isQ40 ? 16 : 64;
    const sums = scales + toSums;
    let a0 = i32x4.splat(-8 * load<i32>(sums)), a1 = a0;
    let b0 = i32x4.splat(-8 * load<i32>(sums + xStride)), b1 = b0;
    let c0 = i32x4.splat(-8 * load<i32>(sums + 2 * xStride)), c1 = c0;
    let d0 = i32x4.splat(-8 * load<i32>(sums + 3 * xStride)), d1 = d0;
    let xa = x + (<usize>column << 1), xb = xa + xStride, xc = xb + xStride, xd = xc + xStride;
    const end = w + 128;
    do {
      const nibbles = v128.load(w);
      let bytes = v128.and(nibbles, mask);
      let r0 = i16x8.extend_low_i8x16_u(bytes), r1 = i16x8.extend_high_i8x16_u(bytes);
      let value = v128.load32_splat(xa);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(r0, value));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(r1, value));
      value = v128.load32_splat(xb);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(r0, value));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(r1, value));
      value = v128.load32_splat(xc);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(r0, value));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(r1, value));
      value = v128.load32_splat(xd);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(r0, value));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(r1, value));
      bytes = i8x16.shr_u(nibbles, 4);
      r0 = i16x8.extend_low_i8x16_u(bytes);
      r1 = i16x8.extend_high_i8x16_u(bytes);
      value = v128.load32_splat(xa, 4);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(r0, value));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(r1, value));
      value = v128.load32_splat(xb, 4);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(r0, value));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(r1, value));
      value = v128.load32_splat(xc, 4);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(r0, value));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(r1, value));
      value = v128.load32_splat(xd, 4);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(r0, value));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(r1, value));
      w += 16;
      xa += 8;
      xb += 8;
      xc += 8;
      xd += 8;
    } while (w < end);
    const scale0 = scaleOf(head, 0, isQ40), scale1 = scaleOf(head, 1, isQ40);
    s0 = addBlock(s0, a0, scale0, scales, toSums, head, 0, isQ40);
    s1 = addBlock(s1, a1, scale1, scales, toSums, head, 1, isQ40);
    t0 = addBlock(t0, b0, scale0, scales + xStride, toSums, head, 0, isQ40);
    t1 = addBlock(t1, b1, scale1, scales + xStride, toSums, head, 1, isQ40);
    u0 = addBlock(u0, c0, scale0, scales + 2 * xStride, toSums, head, 0, isQ40);
    u1 = addBlock(u1, c1, scale1, scales + 2 * xStride, toSums, head, 1, isQ40);
    v0 = addBlock(v0, d0, scale0, scales + 3 * xStride, toSums, head, 0, isQ40);
    v1 = addBlock(v1, d1, scale1, scales + 3 * xStride, toSums, head, 1, isQ40);
    scales += 4;
  }
  putFour(out, outStride, s0, s1, t0, t1, u0, u1, v0, v1, accumulates);
}

// @ts-ignore: decorator
@inline
function oneI8(w: usize, columns: i32, x: usize, out: usize, accumulates: bool, isQ40: bool): void {
  let sum0 = f32x4.splat(0), sum1 = sum0;
  let scales = x + <usize>columns;
  const toSums = <usize>columns >> 3;
  const mask = i8x16.splat(15);
  for (let column = 0; column < columns; column += 32) {
    const head = w;
    w += isQ40 ? 16 : 64;
    let a = i16x8.splat(<i16>(-8 * load<i32>(scales + toSums))), b = i16x8.splat(0);
    const end = x + 32;
    do {
      let nibbles = v128.load(w);
      a = i16x8.add(a, dotI8(v128.load16_splat(x), v128.and(nibbles, mask)));
      b = i16x8.add(b, dotI8(v128.load16_splat(x, 2), i8x16.shr_u(nibbles, 4)));
      nibbles = v128.load(w, 16);
      a = i16x8.add(a, dotI8(v128.load16_splat(x, 4), v128.and(nibbles, mask)));
      b = i16x8.add(b, dotI8(v128.load16_splat(x, 6), i8x16.shr_u(nibbles, 4)));
      w += 32;
      x += 8;
    } while (x < end);
    a = i16x8.add(a, b);
    const low = i32x4.extend_low_i16x8_s(a), high = i32x4.extend_high_i16x8_s(a);
    sum0 = addBlock(sum0, low, scaleOf(head, 0, isQ40), scales, toSums, head, 0, isQ40);
    sum1 = addBlock(sum1, high, scaleOf(head, 1, isQ40), scales, toSums, head, 1, isQ40);
    scales += 4;
  }
  put(out, sum0, accumulates);
  put(out + 16, sum1, accumulates);
}

// @ts-ignore: decorator
@inline
function fourI8(
  w: usize, columns: i32, x: usize, xStride: usize, out: usize, outStride: usize,
  accumulates: bool, isQ40: bool,
): void {
  let s0 = f32x4.splat(0), s1 = s0, t0 = s0, t1 = s0, u0 = s0, u1 = s0, v0 = s0, v1 = s0;
  let scales = x + <usize>columns;
  const toSums = <usize>columns >> 3;
  const mask = i8x16.splat(15);
  for (let column = 0; column < columns; column += 32) {
    const head = w;
    w += isQ40 ? 16 : 64;
    const sums = scales + toSums;
    let a = i16x8.splat(<i16>(-8 * load<i32>(sums)));
    let b = i16x8.splat(<i16>(-8 * load<i32>(sums + xStride)));
    let c = i16x8.splat(<i16>(-8 * load<i32>(sums + 2 * xStride)));
    let d = i16x8.splat(<i16>(-8 * load<i32>(sums + 3 * xStride)));
    let xa = x + <usize>column, xb = xa + xStride, xc = xb + xStride, xd = xc + xStride;
    const end = w + 128;
    do {
      const nibbles = v128.load(w);
      const low = v128.and(nibbles, mask), high = i8x16.shr_u(nibbles, 4);
      a = i16x8.add(a, dotI8(v128.load16_splat(xa), low));
      b = i16x8.add(b, dotI8(v128.load16_splat(xb), low));
      c = i16x8.add(c, dotI8(v128.load16_splat(xc), low));
      d = i16x8.add(d, dotI8(v128.load16_splat(xd), low));
      a = i16x8.add(a, dotI8(v128.load16_splat(xa, 2), high));
      b = i16x8.add(b, dotI8(v128.load16_splat(xb, 2), high));
      c = i16x8.add(c, dotI8(v128.load16_splat(xc, 2), high));
      d = i16x8.add(d, dotI8(v128.load16_splat(xd, 2), high));
      w += 16;
      xa += 4;
      xb += 4;
      xc += 4;
      xd += 4;
    } while (w < end);
    const scale0 = scaleOf(head, 0, isQ40), scale1 = scaleOf(head, 1, isQ40);
    let from = scales;
    s0 = addBlock(s0, i32x4.extend_low_i16x8_s(a), scale0, from, toSums, head, 0, isQ40);
    s1 = addBlock(s1, i32x4.extend_high_i16x8_s(a), scale1, from, toSums, head, 1, isQ40);
    from += xStride;
    t0 = addBlock(t0, i32x4.extend_low_i16x8_s(b), scale0, from, toSums, head, 0, isQ40);
    t1 = addBlock(t1, i32x4.extend_high_i16x8_s(b), scale1, from, toSums, head, 1, isQ40);
    from += xStride;
    u0 = addBlock(u0, i32x4.extend_low_i16x8_s(c), scale0, from, toSums, head, 0, isQ40);
    u1 = addBlock(u1, i32x4.extend_high_i16x8_s(c), scale1, from, toSums, head, 1, isQ40);
    from += xStride;
    v0 = addBlock(v0, i32x4.extend_low_i16x8_s(d), scale0, from, toSums, head, 0, isQ40);
    v1 = addBlock(v1, i32x4.extend_high_i16x8_s(d), scale1, from, toSums, head, 1, isQ40);
    scales += 4;
  }
  putFour(out, outStride, s0, s1, t0, t1, u0, u1, v0, v1, accumulates);
}

/** The plain module has no i8 products, but its code is checked all the same. */
// @ts-ignore: decorator
@inline
function dotI8(x: v128, nibbles: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i16x8.relaxed_dot_i8x16_i7x16_s(x, nibbles);
  return nibbles;
}

/** Scales of rows 0 to 3 (`half` 0) or 4 to 7 of a block. */
// @ts-ignore: decorator
@inline
function scaleOf(head: usize, half: usize, isQ40: bool): v128 {
  if (!isQ40) return v128.load(head + half * 16);
  return halves(v128.load16x4_s(head + half * 8));
}

/** Adds a block of four rows to their sums. */
// @ts-ignore: decorator
@inline
function addBlock(
  sum: v128, products: v128, weightScale: v128, scales: usize, toSums: usize,
  head: usize, half: usize, isQ40: bool,
): v128 {
  const scale = v128.load32_splat(scales);
  sum = madd(f32x4.convert_i32x4_s(products), f32x4.mul(weightScale, scale), sum);
  if (isQ40) return sum;
  const activations = f32x4.convert_i32x4_s(v128.load32_splat(scales + toSums));
  const minimum = v128.load(head + 32 + half * 16);
  return f32x4.sub(sum, f32x4.mul(minimum, f32x4.mul(scale, activations)));
}

// @ts-ignore: decorator
@inline
function putFour(
  out: usize, outStride: usize, s0: v128, s1: v128, t0: v128, t1: v128, u0: v128, u1: v128,
  v0: v128, v1: v128, accumulates: bool,
): void {
  put(out, s0, accumulates);
  put(out + 16, s1, accumulates);
  put(out + outStride, t0, accumulates);
  put(out + outStride + 16, t1, accumulates);
  put(out + 2 * outStride, u0, accumulates);
  put(out + 2 * outStride + 16, u1, accumulates);
  put(out + 3 * outStride, v0, accumulates);
  put(out + 3 * outStride + 16, v1, accumulates);
}
