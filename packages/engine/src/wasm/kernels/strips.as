// Blocks of the strips that repack.as writes, as products with integers read them.
//
// One token reads four strips in turn, a quarter of the matrix apart: it waits for memory, and prefetching stops
// at every page of a stream. Sums of the four are kept side by side meanwhile: rows of a large output are in no
// near cache, and every block would wait for them. Four tokens compute four times as long on what they read, so
// that one stream is enough, and the processor prefetches it better than four. Loops over quads are not
// unrolled: V8 then keeps sums in registers, which makes twice the speed.

import { highScaleFactor } from './constants';
import { madd, put, scales, scalesTimes } from './simd';
import { Q4_0, Q4_K, Q6_K, Q8_0 } from './unpack';

/** Strips that one token reads at once; products take them by twos or all together. */
export const STREAMS = 4;

/** Bytes before a block's quants; Q6_K has a block for each 16 columns, the others for 32. */
// @ts-ignore: decorator
@inline
export function headBytes(type: i32): usize {
  if (type == Q4_K) return 64;
  return type == Q6_K ? 32 : 16;
}

/** Bytes of 32 columns, which for Q6_K are two blocks. */
// @ts-ignore: decorator
@inline
export function weightBytes(type: i32): usize {
  if (type == Q4_K) return 192;
  if (type == Q4_0) return 144;
  return type == Q6_K ? 320 : 272;
}

/** Scales of rows 0 to 3 (`half` 0) or 4 to 7. */
// @ts-ignore: decorator
@inline
export function scaleOf(type: i32, head: usize, half: usize): v128 {
  if (type == Q4_0 || type == Q8_0) return scales(v128.load16x4_s(head + half * 8));
  return v128.load(head + half * 16);
}

/** A sixteenth of the scales of rows 4 to 7. */
// @ts-ignore: decorator
@inline
export function highScaleOf(type: i32, head: usize): v128 {
  if (type == Q4_0) return scalesTimes(v128.load16x4_s(head + 8), highScaleFactor);
  return f32x4.mul(v128.load(head + 16), f32x4.splat(0.0625));
}

/** Minima of Q4_K over 8; nothing for others. */
// @ts-ignore: decorator
@inline
export function minimumOf(type: i32, head: usize, half: usize): v128 {
  return type == Q4_K ? v128.load(head + 32 + half * 16) : f32x4.splat(0);
}

/** -8 times the sum of a token's block, or of half of it for Q6_K. */
// @ts-ignore: decorator
@inline
export function sumOf(type: i32, sums: usize, half: usize, toFirst: usize): v128 {
  if (type != Q6_K) return v128.load32_splat(sums);
  if (half == 0) return v128.load32_splat(sums + toFirst);
  return i32x4.sub(v128.load32_splat(sums), v128.load32_splat(sums + toFirst));
}

/** -8 times the sum of activations as what a sum of products with q starts at. */
// @ts-ignore: decorator
@inline
export function startOf(type: i32, sum: v128): v128 {
  if (type == Q8_0) return i32x4.shl(sum, 4);
  if (type == Q6_K) return i32x4.shl(sum, 2);
  return type == Q4_0 ? sum : i32x4.splat(0);
}

/**
 * Adds a block of eight rows to their sums at `out`. Weights' scales `w0`, `w1` and minima `m0`, `m1`
 * belong to the rows; `scale` and `sum` (-8 times) to the activations.
 */
// @ts-ignore: decorator
@inline
export function addBlock(
  type: i32, out: usize, a0: v128, a1: v128, w0: v128, w1: v128, m0: v128, m1: v128,
  scale: v128, sum: v128,
): void {
  let s0 = madd(f32x4.convert_i32x4_s(a0), f32x4.mul(w0, scale), v128.load(out));
  let s1 = madd(f32x4.convert_i32x4_s(a1), f32x4.mul(w1, scale), v128.load(out, 16));
  if (type == Q4_K) {
    const shared = f32x4.mul(scale, f32x4.convert_i32x4_s(sum));
    s0 = madd(m0, shared, s0);
    s1 = madd(m1, shared, s1);
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
}

/** Bytes of a strip's sums for one token. */
export const STRIP_BYTES: usize = 32;

/** Sums of four tokens of a strip, or of four strips of a token. */
// @ts-ignore: decorator
@inline
export function clearSums(sums: usize): void {
  memory.fill(sums, 0, 4 * STRIP_BYTES);
}

/** Sums to where they belong in the output, `apart` bytes from one to the next. */
// @ts-ignore: decorator
@inline
export function putSums(sums: usize, count: i32, out: usize, apart: usize, accumulates: bool): void {
  for (let index = 0; index < count; index++) {
    put(out, v128.load(sums), accumulates);
    put(out + 16, v128.load(sums, 16), accumulates);
    sums += STRIP_BYTES;
    out += apart;
  }
}
