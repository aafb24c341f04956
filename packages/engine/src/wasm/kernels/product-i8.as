// Strips of quants times i8 activations (see quantize.as): out[token, row] = sum of weight * x. Only with
// relaxed SIMD, whose dot products take signed bytes times numbers from 0 to 127. What it does with larger
// ones is the engine's choice, and so is which of its two dot products is one machine instruction:
// `dotKind` tells by trying.
//
// Lanes are rows: a vector of quants is four columns of four rows, x is a quad of one token in all lanes.
// Each function is exported on its own: in one large function V8 would keep sums in memory.

import { lowNibbles, signBits } from './constants';
import { blockBytes } from './quantize';
import {
  addBlock, clearSums, headBytes, highScaleOf, minimumOf, putSums, scaleOf, startOf, STREAMS, STRIP_BYTES,
  sumOf, weightBytes,
} from './strips';
import { Q4_0, Q4_K, Q6_K, Q8_0 } from './unpack';

/** Dots of four columns added in i32, of unsigned bytes too: x86 with VNNI. */
const UNSIGNED = 0;
/** The same of signed bytes: ARM. */
const SIGNED = 1;
/** Dots of two columns in i16, where a block of nibbles is summed: at most 16 * 15 * 127. */
const PAIRS = 2;

/** Give 127 and 255: the compiler must not know them. */
export function dotKind(signed: i32, unsigned: i32): i32 {
  const zero = i32x4.splat(0);
  const all = dot(UNSIGNED, i8x16.splat(<i8>signed), i8x16.splat(<i8>unsigned), zero);
  const first = i32x4.extract_lane(all, 0);
  if (first == 4 * 127 * 255) return UNSIGNED;
  return first == -4 * 127 ? SIGNED : PAIRS;
}

export function q40I8(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q4_0, UNSIGNED, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q40I8Signed(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q4_0, SIGNED, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q40I8InPairs(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q4_0, PAIRS, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q4KI8(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q4_K, UNSIGNED, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q4KI8Signed(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q4_K, SIGNED, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q4KI8InPairs(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q4_K, PAIRS, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q6KI8(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q6_K, UNSIGNED, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q80I8(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q8_0, UNSIGNED, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

export function q80I8Signed(
  w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  walk(Q8_0, SIGNED, w, stripBytes, stripCount, columns, x, tokens, out, outStride, accumulates, sums);
}

/** Tokens by fours, then one that is left over: it reads the weights once more and takes as long as a lone one. */
// @ts-ignore: decorator
@inline
function walk(
  type: i32, kind: i32, w: usize, stripBytes: usize, stripCount: i32, columns: i32, x: usize, tokens: i32,
  out: usize, outStride: usize, accumulates: bool, sums: usize,
): void {
  const blocks = columns >> 5, fours = (tokens + 2) >> 2;
  const groupBytes = <usize>blocks * blockBytes(4, 1);
  if (fours > 0) {
    let strip = w, toStrip = out;
    for (let index = 0; index < stripCount; index++) {
      let from = x, to = toStrip;
      for (let group = 0; group < fours; group++) {
        clearSums(sums);
        four(type, kind, strip, blocks, from, sums);
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
    single(type, kind, w, stripBytes, stripCount, blocks, from, to, accumulates, sums);
  }
}

/** One token: four strips at a time, then those that are left. */
// @ts-ignore: decorator
@inline
function single(
  type: i32, kind: i32, w: usize, stripBytes: usize, stripCount: i32, blocks: i32, x: usize, out: usize,
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
    if (streams == STREAMS) oneOfFour(type, kind, w, apart, blocks, x, sums);
    else one(type, kind, w, blocks, x, sums);
    putSums(sums, streams, out, outApart, accumulates);
    w += stripBytes;
    out += STRIP_BYTES;
  }
}

/** Four tokens and one strip. */
// @ts-ignore: decorator
@inline
function four(type: i32, kind: i32, w: usize, blocks: i32, x: usize, sums: usize): void {
  for (let block = 0; block < blocks; block++) {
    if (type == Q4_0 || type == Q4_K) fourNibbles(type, kind, w, x, sums);
    else fourBytes(type, kind, w, x, sums);
    w += weightBytes(type);
    x += blockBytes(4, 1);
  }
}

// @ts-ignore: decorator
@inline
function fourNibbles(type: i32, kind: i32, w: usize, x: usize, out: usize): void {
  const mask = lowNibbles;
  let a0 = startOfNibbles(type, kind, x, 144), a1 = startOfHigh(kind, a0);
  let b0 = startOfNibbles(type, kind, x, 148), b1 = startOfHigh(kind, b0);
  let c0 = startOfNibbles(type, kind, x, 152), c1 = startOfHigh(kind, c0);
  let d0 = startOfNibbles(type, kind, x, 156), d1 = startOfHigh(kind, d0);
  const head = w, end = x + 128;
  w += headBytes(type);
  do {
    const nibbles = v128.load(w);
    const low = v128.and(nibbles, mask), high = highOf(kind, nibbles);
    let value = v128.load32_splat(x);
    a0 = dot(kind, value, low, a0);
    a1 = dot(kind, value, high, a1);
    value = v128.load32_splat(x, 4);
    b0 = dot(kind, value, low, b0);
    b1 = dot(kind, value, high, b1);
    value = v128.load32_splat(x, 8);
    c0 = dot(kind, value, low, c0);
    c1 = dot(kind, value, high, c1);
    value = v128.load32_splat(x, 12);
    d0 = dot(kind, value, low, d0);
    d1 = dot(kind, value, high, d1);
    w += 16;
    x += 16;
  } while (x < end);
  const w0 = scaleOf(type, head, 0), w1 = highScale(type, kind, head);
  const m0 = minimumOf(type, head, 0), m1 = minimumOf(type, head, 1);
  put(type, kind, out, a0, a1, w0, w1, m0, m1, x, 16);
  put(type, kind, out + STRIP_BYTES, b0, b1, w0, w1, m0, m1, x + 4, 16);
  put(type, kind, out + 2 * STRIP_BYTES, c0, c1, w0, w1, m0, m1, x + 8, 16);
  put(type, kind, out + 3 * STRIP_BYTES, d0, d1, w0, w1, m0, m1, x + 12, 16);
}

// @ts-ignore: decorator
@inline
function fourBytes(type: i32, kind: i32, w: usize, x: usize, out: usize): void {
  const bytes: usize = type == Q6_K ? 64 : 128;
  const numbers = x + 128, sums = numbers + 16, zero = i32x4.splat(0), flips = kind == SIGNED;
  for (let half: usize = 0; half < (type == Q6_K ? 2 : 1); half++) {
    let a0 = flips ? zero : startOf(type, sumOf(type, sums, half, 16)), a1 = a0;
    let b0 = flips ? zero : startOf(type, sumOf(type, sums + 4, half, 16)), b1 = b0;
    let c0 = flips ? zero : startOf(type, sumOf(type, sums + 8, half, 16)), c1 = c0;
    let d0 = flips ? zero : startOf(type, sumOf(type, sums + 12, half, 16)), d1 = d0;
    const head = w, end = x + bytes;
    w += headBytes(type);
    do {
      const low = flipped(kind, v128.load(w)), high = flipped(kind, v128.load(w, 16));
      let value = v128.load32_splat(x);
      a0 = dot(kind, value, low, a0);
      a1 = dot(kind, value, high, a1);
      value = v128.load32_splat(x, 4);
      b0 = dot(kind, value, low, b0);
      b1 = dot(kind, value, high, b1);
      value = v128.load32_splat(x, 8);
      c0 = dot(kind, value, low, c0);
      c1 = dot(kind, value, high, c1);
      value = v128.load32_splat(x, 12);
      d0 = dot(kind, value, low, d0);
      d1 = dot(kind, value, high, d1);
      w += 32;
      x += 16;
    } while (x < end);
    const w0 = scaleOf(type, head, 0), w1 = scaleOf(type, head, 1);
    put(type, kind, out, a0, a1, w0, w1, zero, zero, numbers, 16);
    put(type, kind, out + STRIP_BYTES, b0, b1, w0, w1, zero, zero, numbers + 4, 16);
    put(type, kind, out + 2 * STRIP_BYTES, c0, c1, w0, w1, zero, zero, numbers + 8, 16);
    put(type, kind, out + 3 * STRIP_BYTES, d0, d1, w0, w1, zero, zero, numbers + 12, 16);
  }
}

/** One token and four strips, whose sums of a block fit in registers together. */
// @ts-ignore: decorator
@inline
function oneOfFour(
  type: i32, kind: i32, w: usize, apart: usize, blocks: i32, x: usize, out: usize,
): void {
  const mask = lowNibbles, isNibbles = type == Q4_0 || type == Q4_K;
  for (let block = 0; block < blocks; block++) {
    const numbers = x + 32;
    for (let half: usize = 0; half < (type == Q6_K ? 2 : 1); half++) {
      let a0 = startOfOne(type, kind, numbers + 4, half);
      let a1 = isNibbles ? startOfHigh(kind, a0) : a0;
      let b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1;
      const head = w, end = x + <usize>(type == Q6_K ? 16 : 32);
      w += headBytes(type);
      let wb = w + apart, wc = wb + apart, wd = wc + apart;
      do {
        const value = v128.load32_splat(x);
        if (isNibbles) {
          let nibbles = v128.load(w);
          a0 = dot(kind, value, v128.and(nibbles, mask), a0);
          a1 = dot(kind, value, highOf(kind, nibbles), a1);
          nibbles = v128.load(wb);
          b0 = dot(kind, value, v128.and(nibbles, mask), b0);
          b1 = dot(kind, value, highOf(kind, nibbles), b1);
          nibbles = v128.load(wc);
          c0 = dot(kind, value, v128.and(nibbles, mask), c0);
          c1 = dot(kind, value, highOf(kind, nibbles), c1);
          nibbles = v128.load(wd);
          d0 = dot(kind, value, v128.and(nibbles, mask), d0);
          d1 = dot(kind, value, highOf(kind, nibbles), d1);
        } else {
          a0 = dot(kind, value, flipped(kind, v128.load(w)), a0);
          a1 = dot(kind, value, flipped(kind, v128.load(w, 16)), a1);
          b0 = dot(kind, value, flipped(kind, v128.load(wb)), b0);
          b1 = dot(kind, value, flipped(kind, v128.load(wb, 16)), b1);
          c0 = dot(kind, value, flipped(kind, v128.load(wc)), c0);
          c1 = dot(kind, value, flipped(kind, v128.load(wc, 16)), c1);
          d0 = dot(kind, value, flipped(kind, v128.load(wd)), d0);
          d1 = dot(kind, value, flipped(kind, v128.load(wd, 16)), d1);
        }
        const step: usize = isNibbles ? 16 : 32;
        w += step;
        wb += step;
        wc += step;
        wd += step;
        x += 4;
      } while (x < end);
      let from = head, to = out;
      putOne(type, kind, to, a0, a1, from, numbers);
      putOne(type, kind, (to += STRIP_BYTES), b0, b1, (from += apart), numbers);
      putOne(type, kind, (to += STRIP_BYTES), c0, c1, (from += apart), numbers);
      putOne(type, kind, (to += STRIP_BYTES), d0, d1, (from += apart), numbers);
    }
    x += 12;
  }
}

/** One token and one strip. */
// @ts-ignore: decorator
@inline
function one(type: i32, kind: i32, w: usize, blocks: i32, x: usize, out: usize): void {
  const mask = lowNibbles, isNibbles = type == Q4_0 || type == Q4_K;
  for (let block = 0; block < blocks; block++) {
    const numbers = x + 32;
    for (let half: usize = 0; half < (type == Q6_K ? 2 : 1); half++) {
      let a0 = startOfOne(type, kind, numbers + 4, half);
      let a1 = isNibbles ? startOfHigh(kind, a0) : a0;
      const head = w, end = x + <usize>(type == Q6_K ? 16 : 32);
      w += headBytes(type);
      do {
        const value = v128.load32_splat(x), quants = v128.load(w);
        if (isNibbles) {
          a0 = dot(kind, value, v128.and(quants, mask), a0);
          a1 = dot(kind, value, highOf(kind, quants), a1);
        } else {
          a0 = dot(kind, value, flipped(kind, quants), a0);
          a1 = dot(kind, value, flipped(kind, v128.load(w, 16)), a1);
        }
        w += isNibbles ? 16 : 32;
        x += 4;
      } while (x < end);
      putOne(type, kind, out, a0, a1, head, numbers);
    }
    x += 12;
  }
}

// @ts-ignore: decorator
@inline
function putOne(
  type: i32, kind: i32, out: usize, a0: v128, a1: v128, head: usize, numbers: usize,
): void {
  const w0 = scaleOf(type, head, 0), w1 = highScale(type, kind, head);
  const m0 = minimumOf(type, head, 0), m1 = minimumOf(type, head, 1);
  put(type, kind, out, a0, a1, w0, w1, m0, m1, numbers, 4);
}

/** Adds a token's block; its scale is at `x` and its sum `toSum` further. */
// @ts-ignore: decorator
@inline
function put(
  type: i32, kind: i32, out: usize, a0: v128, a1: v128, w0: v128, w1: v128, m0: v128, m1: v128,
  x: usize, toSum: usize,
): void {
  const scale = v128.load32_splat(x), sum = v128.load32_splat(x + toSum);
  if ((type == Q4_0 || type == Q4_K) && kind == PAIRS) {
    const start = startOf(type, sum);
    a0 = i32x4.add(i32x4.extadd_pairwise_i16x8_s(a0), start);
    a1 = i32x4.add(i32x4.extadd_pairwise_i16x8_s(a1), start);
  } else if ((type == Q4_0 || type == Q4_K) && kind == UNSIGNED) {
    a1 = i32x4.sub(a1, a0);
  }
  addBlock(type, out, a0, a1, w0, w1, m0, m1, scale, sum);
}

// Where dots take unsigned bytes, those of whole bytes are 16 times those of high nibbles plus those of low
// ones: taken apart at the block's end, which is cheaper than a shift and a mask for each quad. Rows 4 to 7
// are the high nibbles, so their scales are a sixteenth.

// @ts-ignore: decorator
@inline
function highOf(kind: i32, nibbles: v128): v128 {
  return kind == UNSIGNED ? nibbles : v128.and(i16x8.shr_u(nibbles, 4), lowNibbles);
}

// @ts-ignore: decorator
@inline
function highScale(type: i32, kind: i32, head: usize): v128 {
  const isSixteenth = kind == UNSIGNED && (type == Q4_0 || type == Q4_K);
  return isSixteenth ? highScaleOf(type, head) : scaleOf(type, head, 1);
}

/** What sums of high nibbles start at, given where those of low ones do. */
// @ts-ignore: decorator
@inline
function startOfHigh(kind: i32, start: v128): v128 {
  return kind == UNSIGNED ? i32x4.add(start, i32x4.shl(start, 4)) : start;
}

// @ts-ignore: decorator
@inline
function startOfNibbles(type: i32, kind: i32, x: usize, toSum: usize): v128 {
  return kind == PAIRS ? i32x4.splat(0) : startOf(type, v128.load32_splat(x + toSum));
}

/** The same for one token, of bytes too: signed ones need no start. */
// @ts-ignore: decorator
@inline
function startOfOne(type: i32, kind: i32, sums: usize, half: usize): v128 {
  if (type == Q4_0 || type == Q4_K) return startOfNibbles(type, kind, sums, 0);
  return kind == SIGNED ? i32x4.splat(0) : startOf(type, sumOf(type, sums, half, 4));
}

/** Bytes are stored as q + 128: back to signed ones where the engine takes those. */
// @ts-ignore: decorator
@inline
function flipped(kind: i32, bytes: v128): v128 {
  return kind == SIGNED ? v128.xor(bytes, signBits) : bytes;
}

// @ts-ignore: decorator
@inline
function dot(kind: i32, x: v128, quants: v128, sums: v128): v128 {
  if (!ASC_FEATURE_RELAXED_SIMD) return sums;
  if (kind != PAIRS) return i32x4.relaxed_dot_i8x16_i7x16_add_s(x, quants, sums);
  return i16x8.add(sums, i16x8.relaxed_dot_i8x16_i7x16_s(x, quants));
}
