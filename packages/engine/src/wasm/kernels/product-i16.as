// Strips of quants times i16 activations (see quantize.as): out[token, row] = sum of weight * x.
//
// Lanes are rows: `dot` adds two columns in i32, whose sum over a block is exact. Even and odd columns of a
// quad lie in the low and high bytes of 16-bit lanes, so masks and shifts make i16 of them.

import { lowBytes, nibbles0, nibbles4, nibbles8 } from './constants';
import { blockBytes } from './quantize';
import {
  addBlock, clearSums, headBytes, minimumOf, putSums, scaleOf, startOf, STREAMS, STRIP_BYTES, sumOf,
  weightBytes,
} from './strips';
import { Q4_0, Q4_K, Q6_K, Q8_0 } from './unpack';

export function q40I16(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q4_0, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q4KI16(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q4_K, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q6KI16(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q6_K, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q80I16(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q8_0, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

/** Tokens by fours, then one that is left over: it reads the weights once more and takes as long as a lone one. */
// @ts-ignore: decorator
@inline
function walk(
  type: i32, w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  const blocks = columns >> 5, fours = (tokens + 2) >> 2;
  const groupBytes = <usize>blocks * blockBytes(4, 2);
  if (fours > 0) {
    let strip = w, toStrip = out;
    for (let index = 0; index < stripCount; index++) {
      let from = x, to = toStrip;
      for (let group = 0; group < fours; group++) {
        clearSums(sums);
        four(type, strip, blocks, from, sums);
        putSums(sums, 4, to, outStride, accumulates);
        from += groupBytes;
        to += outStride << 2;
      }
      strip += stripBytes;
      toStrip += STRIP_BYTES;
    }
  }
  if (tokens > fours << 2) {
    const from = x + <usize>fours * groupBytes, to = out + <usize>(fours << 2) * outStride;
    single(type, w, stripBytes, stripCount, blocks, from, to, accumulates, sums);
  }
}

/** One token: four strips at a time, then those that are left. */
// @ts-ignore: decorator
@inline
function single(
  type: i32, w: usize, stripBytes: usize, stripCount: i32, blocks: i32, x: usize, out: usize,
  accumulates: bool, sums: usize,
): void {
  const each = stripCount / STREAMS;
  const apart = <usize>each * stripBytes, outApart = <usize>each * STRIP_BYTES;
  let streams = each > 0 ? STREAMS : 1;
  for (let index = 0; index < stripCount; index += streams) {
    if (index == each * STREAMS) {
      streams = 1;
      w += (STREAMS - 1) * apart;
      out += (STREAMS - 1) * outApart;
    }
    clearSums(sums);
    one(type, w, apart, streams, blocks, x, sums);
    putSums(sums, streams, out, outApart, accumulates);
    w += stripBytes;
    out += STRIP_BYTES;
  }
}

/** Four tokens and one strip. */
// @ts-ignore: decorator
@inline
function four(type: i32, w: usize, blocks: i32, x: usize, sums: usize): void {
  for (let block = 0; block < blocks; block++) {
    if (type == Q4_0 || type == Q4_K) fourNibbles(type, w, x, sums);
    else fourBytes(type, w, x, sums);
    w += weightBytes(type);
    x += blockBytes(4, 2);
  }
}

/** One token, a block of each strip in turn, of two strips together where there are four. */
// @ts-ignore: decorator
@inline
function one(
  type: i32, w: usize, apart: usize, streams: i32, blocks: i32, x: usize, out: usize,
): void {
  for (let block = 0; block < blocks; block++) {
    if (streams == STREAMS) {
      two(type, w, apart, x, out);
      two(type, w + 2 * apart, apart, x, out + 2 * STRIP_BYTES);
    } else if (type == Q4_0 || type == Q4_K) oneNibbles(type, w, x, out);
    else oneBytes(type, w, x, out);
    w += weightBytes(type);
    x += blockBytes(1, 2);
  }
}

// @ts-ignore: decorator
@inline
function two(type: i32, w: usize, apart: usize, x: usize, out: usize): void {
  if (type == Q4_0 || type == Q4_K) twoNibbles(type, w, apart, x, out);
  else twoBytes(type, w, apart, x, out);
}

/**
 * Nibbles stay where they are in their lanes where that loses nothing: 256 * 15 * 2 * 8 * 32767 is within
 * i32. Sums are shifted back at the block's end.
 */
// @ts-ignore: decorator
@inline
function oneNibbles(type: i32, w: usize, x: usize, out: usize): void {
  const mask0 = nibbles0, mask4 = nibbles4, mask8 = nibbles8;
  const numbers = x + 64, head = w, end = x + 64;
  let a = startOf(type, v128.load32_splat(numbers, 4)), d = a;
  let b = i32x4.splat(0), c = b;
  w += headBytes(type);
  do {
    const nibbles = v128.load(w);
    const even = v128.load32_splat(x), odd = v128.load32_splat(x, 4);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.and(nibbles, mask0), even));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.and(nibbles, mask4), even));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.and(nibbles, mask8), odd));
    d = i32x4.add(d, i32x4.dot_i16x8_s(i16x8.shr_u(nibbles, 12), odd));
    w += 16;
    x += 8;
  } while (x < end);
  putNibbles(type, out, a, b, c, d, head, numbers);
}

/** The same of two strips, which share a token's numbers and the loop. */
// @ts-ignore: decorator
@inline
function twoNibbles(type: i32, w: usize, apart: usize, x: usize, out: usize): void {
  const mask0 = nibbles0, mask4 = nibbles4, mask8 = nibbles8;
  const numbers = x + 64, head = w, end = x + 64;
  let a = startOf(type, v128.load32_splat(numbers, 4)), d = a;
  let b = i32x4.splat(0), c = b;
  let a2 = a, b2 = b, c2 = b, d2 = a;
  w += headBytes(type);
  let w2 = w + apart;
  do {
    const even = v128.load32_splat(x), odd = v128.load32_splat(x, 4);
    let nibbles = v128.load(w);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.and(nibbles, mask0), even));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.and(nibbles, mask4), even));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.and(nibbles, mask8), odd));
    d = i32x4.add(d, i32x4.dot_i16x8_s(i16x8.shr_u(nibbles, 12), odd));
    nibbles = v128.load(w2);
    a2 = i32x4.add(a2, i32x4.dot_i16x8_s(v128.and(nibbles, mask0), even));
    b2 = i32x4.add(b2, i32x4.dot_i16x8_s(v128.and(nibbles, mask4), even));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(v128.and(nibbles, mask8), odd));
    d2 = i32x4.add(d2, i32x4.dot_i16x8_s(i16x8.shr_u(nibbles, 12), odd));
    w += 16;
    w2 += 16;
    x += 8;
  } while (x < end);
  putNibbles(type, out, a, b, c, d, head, numbers);
  putNibbles(type, out + STRIP_BYTES, a2, b2, c2, d2, head + apart, numbers);
}

/** Adds the block of `oneNibbles`: products of low and high nibbles of even columns, then of odd ones. */
// @ts-ignore: decorator
@inline
function putNibbles(
  type: i32, out: usize, a: v128, b: v128, c: v128, d: v128, head: usize, numbers: usize,
): void {
  const low = i32x4.add(a, i32x4.shr_s(c, 8)), high = i32x4.add(d, i32x4.shr_s(b, 4));
  const w0 = scaleOf(type, head, 0), w1 = scaleOf(type, head, 1);
  const m0 = minimumOf(type, head, 0), m1 = minimumOf(type, head, 1);
  put(type, out, low, high, w0, w1, m0, m1, numbers, 4);
}

// @ts-ignore: decorator
@inline
function fourNibbles(type: i32, w: usize, x: usize, out: usize): void {
  const mask = nibbles0;
  let a0 = startOf(type, v128.load32_splat(x, 272)), a1 = a0;
  let b0 = startOf(type, v128.load32_splat(x, 276)), b1 = b0;
  let c0 = startOf(type, v128.load32_splat(x, 280)), c1 = c0;
  let d0 = startOf(type, v128.load32_splat(x, 284)), d1 = d0;
  const head = w, end = x + 256;
  w += headBytes(type);
  do {
    const nibbles = v128.load(w);
    let low = v128.and(nibbles, mask), high = v128.and(i16x8.shr_u(nibbles, 4), mask);
    let value = v128.load32_splat(x);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(low, value));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(high, value));
    value = v128.load32_splat(x, 8);
    b0 = i32x4.add(b0, i32x4.dot_i16x8_s(low, value));
    b1 = i32x4.add(b1, i32x4.dot_i16x8_s(high, value));
    value = v128.load32_splat(x, 16);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(low, value));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(high, value));
    value = v128.load32_splat(x, 24);
    d0 = i32x4.add(d0, i32x4.dot_i16x8_s(low, value));
    d1 = i32x4.add(d1, i32x4.dot_i16x8_s(high, value));
    low = v128.and(i16x8.shr_u(nibbles, 8), mask);
    high = i16x8.shr_u(nibbles, 12);
    value = v128.load32_splat(x, 4);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(low, value));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(high, value));
    value = v128.load32_splat(x, 12);
    b0 = i32x4.add(b0, i32x4.dot_i16x8_s(low, value));
    b1 = i32x4.add(b1, i32x4.dot_i16x8_s(high, value));
    value = v128.load32_splat(x, 20);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(low, value));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(high, value));
    value = v128.load32_splat(x, 28);
    d0 = i32x4.add(d0, i32x4.dot_i16x8_s(low, value));
    d1 = i32x4.add(d1, i32x4.dot_i16x8_s(high, value));
    w += 16;
    x += 32;
  } while (x < end);
  const w0 = scaleOf(type, head, 0), w1 = scaleOf(type, head, 1);
  const m0 = minimumOf(type, head, 0), m1 = minimumOf(type, head, 1);
  put(type, out, a0, a1, w0, w1, m0, m1, x, 16);
  put(type, out + STRIP_BYTES, b0, b1, w0, w1, m0, m1, x + 4, 16);
  put(type, out + 2 * STRIP_BYTES, c0, c1, w0, w1, m0, m1, x + 8, 16);
  put(type, out + 3 * STRIP_BYTES, d0, d1, w0, w1, m0, m1, x + 12, 16);
}

// @ts-ignore: decorator
@inline
function oneBytes(type: i32, w: usize, x: usize, out: usize): void {
  const mask = lowBytes, zero = i32x4.splat(0);
  const numbers = x + 64;
  for (let half: usize = 0; half < (type == Q6_K ? 2 : 1); half++) {
    let a0 = startOf(type, sumOf(type, numbers + 4, half, 4)), a1 = a0;
    const head = w, end = x + <usize>(type == Q6_K ? 32 : 64);
    w += headBytes(type);
    do {
      const low = v128.load(w), high = v128.load(w, 16);
      const even = v128.load32_splat(x), odd = v128.load32_splat(x, 4);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.and(low, mask), even));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.and(high, mask), even));
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(i16x8.shr_u(low, 8), odd));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(i16x8.shr_u(high, 8), odd));
      w += 32;
      x += 8;
    } while (x < end);
    const w0 = scaleOf(type, head, 0), w1 = scaleOf(type, head, 1);
    put(type, out, a0, a1, w0, w1, zero, zero, numbers, 4);
  }
}

/** The same of two strips, which share a token's numbers and the loop. */
// @ts-ignore: decorator
@inline
function twoBytes(type: i32, w: usize, apart: usize, x: usize, out: usize): void {
  const mask = lowBytes, zero = i32x4.splat(0);
  const numbers = x + 64;
  for (let half: usize = 0; half < (type == Q6_K ? 2 : 1); half++) {
    let a0 = startOf(type, sumOf(type, numbers + 4, half, 4)), a1 = a0, b0 = a0, b1 = a0;
    const head = w, end = x + <usize>(type == Q6_K ? 32 : 64);
    w += headBytes(type);
    let w2 = w + apart;
    do {
      const even = v128.load32_splat(x), odd = v128.load32_splat(x, 4);
      let low = v128.load(w), high = v128.load(w, 16);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.and(low, mask), even));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.and(high, mask), even));
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(i16x8.shr_u(low, 8), odd));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(i16x8.shr_u(high, 8), odd));
      low = v128.load(w2), high = v128.load(w2, 16);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(v128.and(low, mask), even));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(v128.and(high, mask), even));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(i16x8.shr_u(low, 8), odd));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(i16x8.shr_u(high, 8), odd));
      w += 32;
      w2 += 32;
      x += 8;
    } while (x < end);
    put(type, out, a0, a1, scaleOf(type, head, 0), scaleOf(type, head, 1), zero, zero, numbers, 4);
    const second = head + apart;
    const w0 = scaleOf(type, second, 0), w1 = scaleOf(type, second, 1);
    put(type, out + STRIP_BYTES, b0, b1, w0, w1, zero, zero, numbers, 4);
  }
}

// @ts-ignore: decorator
@inline
function fourBytes(type: i32, w: usize, x: usize, out: usize): void {
  const mask = lowBytes, zero = i32x4.splat(0);
  const numbers = x + 256, sums = numbers + 16;
  for (let half: usize = 0; half < (type == Q6_K ? 2 : 1); half++) {
    let a0 = startOf(type, sumOf(type, sums, half, 16)), a1 = a0;
    let b0 = startOf(type, sumOf(type, sums + 4, half, 16)), b1 = b0;
    let c0 = startOf(type, sumOf(type, sums + 8, half, 16)), c1 = c0;
    let d0 = startOf(type, sumOf(type, sums + 12, half, 16)), d1 = d0;
    const head = w, end = x + <usize>(type == Q6_K ? 128 : 256);
    w += headBytes(type);
    do {
      const first = v128.load(w), second = v128.load(w, 16);
      let low = v128.and(first, mask), high = v128.and(second, mask);
      let value = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(low, value));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(high, value));
      value = v128.load32_splat(x, 8);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(low, value));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(high, value));
      value = v128.load32_splat(x, 16);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(low, value));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(high, value));
      value = v128.load32_splat(x, 24);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(low, value));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(high, value));
      low = i16x8.shr_u(first, 8);
      high = i16x8.shr_u(second, 8);
      value = v128.load32_splat(x, 4);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(low, value));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(high, value));
      value = v128.load32_splat(x, 12);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(low, value));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(high, value));
      value = v128.load32_splat(x, 20);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(low, value));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(high, value));
      value = v128.load32_splat(x, 28);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(low, value));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(high, value));
      w += 32;
      x += 32;
    } while (x < end);
    const w0 = scaleOf(type, head, 0), w1 = scaleOf(type, head, 1);
    put(type, out, a0, a1, w0, w1, zero, zero, numbers, 16);
    put(type, out + STRIP_BYTES, b0, b1, w0, w1, zero, zero, numbers + 4, 16);
    put(type, out + 2 * STRIP_BYTES, c0, c1, w0, w1, zero, zero, numbers + 8, 16);
    put(type, out + 3 * STRIP_BYTES, d0, d1, w0, w1, zero, zero, numbers + 12, 16);
  }
}

/** Adds a token's block; its scale is at `x` and its sum `toSum` further. */
// @ts-ignore: decorator
@inline
function put(
  type: i32, out: usize, a0: v128, a1: v128, w0: v128, w1: v128, m0: v128, m1: v128,
  x: usize, toSum: usize,
): void {
  const scale = v128.load32_splat(x), sum = v128.load32_splat(x + toSum);
  addBlock(type, out, a0, a1, w0, w1, m0, m1, scale, sum);
}
