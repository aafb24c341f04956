// Activations as integers: each 32 numbers share an f32 scale, their largest becoming 32767 (i16) or
// 127 (i8). A row is [columns] integers, then [columns / 32] f32 scales, then [columns / 32] i32 sums of
// the integers, which turn products with q into products with q - 8. The i16 row keeps 15 bits besides
// the sign of a block's largest number: it loses less than sums in f32 do over a long row.

import { largest } from './simd';

export function quantizeI16(x: usize, xStride: usize, tokens: i32, columns: i32, out: usize): void {
  for (let token = 0; token < tokens; token++) {
    const scales = out + (<usize>columns << 1);
    const sums = scales + (<usize>columns >> 3);
    for (let column = 0; column < columns; column += 32) {
      const from = x + (<usize>column << 2);
      const scale = scaleOf(from, 32767);
      const inverse = f32x4.splat(scale == 0 ? 0 : 1 / scale);
      let sum = i32x4.splat(0);
      for (let i: usize = 0; i < 32; i += 8) {
        const low = rounded(from + (i << 2), inverse);
        const high = rounded(from + (i << 2) + 16, inverse);
        sum = i32x4.add(sum, i32x4.add(low, high));
        v128.store(out + (<usize>column << 1) + (i << 1), i16x8.narrow_i32x4_s(low, high));
      }
      store<f32>(scales + (<usize>column >> 3), scale);
      store<i32>(sums + (<usize>column >> 3), totalOf(sum));
    }
    x += xStride;
    out += rowBytes(columns, 2);
  }
}

export function quantizeI8(x: usize, xStride: usize, tokens: i32, columns: i32, out: usize): void {
  for (let token = 0; token < tokens; token++) {
    const scales = out + <usize>columns;
    const sums = scales + (<usize>columns >> 3);
    for (let column = 0; column < columns; column += 32) {
      const from = x + (<usize>column << 2);
      const scale = scaleOf(from, 127);
      const inverse = f32x4.splat(scale == 0 ? 0 : 1 / scale);
      let sum = i32x4.splat(0);
      for (let i: usize = 0; i < 32; i += 16) {
        const at = from + (i << 2);
        const a = rounded(at, inverse), b = rounded(at + 16, inverse);
        const c = rounded(at + 32, inverse), d = rounded(at + 48, inverse);
        sum = i32x4.add(sum, i32x4.add(i32x4.add(a, b), i32x4.add(c, d)));
        const low = i16x8.narrow_i32x4_s(a, b), high = i16x8.narrow_i32x4_s(c, d);
        v128.store(out + <usize>column + i, i8x16.narrow_i16x8_s(low, high));
      }
      store<f32>(scales + (<usize>column >> 3), scale);
      store<i32>(sums + (<usize>column >> 3), totalOf(sum));
    }
    x += xStride;
    out += rowBytes(columns, 1);
  }
}

/** Bytes of a quantised row; `columns` is a multiple of 32. */
// @ts-ignore: decorator
@inline
export function rowBytes(columns: i32, integerBytes: i32): usize {
  return <usize>(columns * integerBytes + (columns >> 2));
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
