// Activations as integers, as products read them: i16 or i8, in blocks of 32 columns, tokens in groups of
// four, or one alone.
//
// A block of a group of `count` tokens (4 or 1) is
//
//   [8 quads][count] four integers of a token, i8 in order, i16 as columns 0, 2, 1, 3
//   [count] f32 scale: the block's largest number becomes 32767 (i16) or 127 (i8)
//   [count] i32 -8 times the sum of the block's integers
//   [count] i32 -8 times the sum of its first 16
//
// Sums turn products with q into products with q - 8, q - 32 or q - 128. i16 keep 15 bits besides the
// sign of a block's largest number: they lose less than sums in f32 do over a long row. Two or three
// tokens make a group of four whose rest is zero.

import { largest } from './simd';

const QUADS = 8;

export function quantizeI16(x: usize, xStride: usize, tokens: i32, columns: i32, out: usize): void {
  quantize(x, xStride, tokens, columns, out, 2);
}

export function quantizeI8(x: usize, xStride: usize, tokens: i32, columns: i32, out: usize): void {
  quantize(x, xStride, tokens, columns, out, 1);
}

/** Bytes of a block of a group of `count` tokens. */
// @ts-ignore: decorator
@inline
export function blockBytes(count: i32, integerBytes: i32): usize {
  return <usize>(count * (32 * integerBytes + 12));
}

// @ts-ignore: decorator
@inline
function quantize(
  x: usize, xStride: usize, tokens: i32, columns: i32, out: usize, integerBytes: i32,
): void {
  const blocks = columns >> 5;
  for (let first = 0; first < tokens; first += 4) {
    const count = tokens - first == 1 ? 1 : 4;
    const bytes = blockBytes(count, integerBytes);
    if (tokens - first < count) memory.fill(out, 0, <usize>blocks * bytes);
    const present = min(count, tokens - first);
    for (let token = 0; token < present; token++) {
      let from = x + <usize>(first + token) * xStride;
      let to = out;
      for (let block = 0; block < blocks; block++) {
        quantizeBlock(from, to, token, count, integerBytes);
        from += 128;
        to += bytes;
      }
    }
    out += <usize>blocks * bytes;
  }
}

// @ts-ignore: decorator
@inline
function quantizeBlock(x: usize, out: usize, token: i32, count: i32, integerBytes: i32): void {
  const step = <usize>(count * 4 * integerBytes);
  const scale = scaleOf(x, integerBytes == 2 ? 32767 : 127);
  const inverse = f32x4.splat(scale == 0 ? 0 : 1 / scale);
  let to = out + <usize>(token * 4 * integerBytes);
  let sum = i32x4.splat(0), firstSum = sum;
  for (let quad = 0; quad < QUADS; quad++) {
    if (quad == QUADS / 2) firstSum = sum;
    const four = rounded(x, inverse);
    sum = i32x4.add(sum, four);
    if (integerBytes == 2) {
      const ordered = v128.shuffle<i32>(four, four, 0, 2, 1, 3);
      v128.store64_lane(to, i16x8.narrow_i32x4_s(ordered, ordered), 0);
    } else {
      const short = i16x8.narrow_i32x4_s(four, four);
      v128.store32_lane(to, i8x16.narrow_i16x8_s(short, short), 0);
    }
    x += 16;
    to += step;
  }
  const numbers = out + <usize>QUADS * step + <usize>(token << 2);
  const next = <usize>(count << 2);
  store<f32>(numbers, scale);
  store<i32>(numbers + next, -8 * totalOf(sum));
  store<i32>(numbers + 2 * next, -8 * totalOf(firstSum));
}

/** NaN and infinity reach the scale, and so the result. */
function scaleOf(from: usize, levels: f32): f32 {
  let peak = f32x4.abs(v128.load(from));
  for (let i: usize = 16; i < 128; i += 16) peak = f32x4.max(peak, f32x4.abs(v128.load(from + i)));
  return largest(peak) / levels;
}

// @ts-ignore: decorator
@inline
function rounded(from: usize, inverse: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from), inverse)));
}

// @ts-ignore: decorator
@inline
function totalOf(v: v128): i32 {
  return (
    i32x4.extract_lane(v, 0) +
    i32x4.extract_lane(v, 1) +
    i32x4.extract_lane(v, 2) +
    i32x4.extract_lane(v, 3)
  );
}
