// Activations as integers, as products read them: i16 or i8, in blocks of 32 columns, tokens in groups of
// four, or one alone.
//
// A block of a group of `count` tokens (4 or 1) is
//
//   [8 quads][count] four integers of a token, i8 in order, i16 as columns 0, 2, 1, 3
//   [count] f32 scale: the block's largest number becomes 32767 (i16) or 127 (i8, also where they are kept as i16)
//   [count] i32 -8 times the sum of the block's integers
//   [count] i32 -8 times the sum of its first 16
//
// Sums turn products with q into products with q - 8, q - 32 or q - 128. i16 keep 15 bits besides the
// sign of a block's largest number: they lose less than sums in f32 do over a long row. Two or three
// tokens make a group of four whose rest is zero.

const QUADS = 8;

export function quantizeI16(x: usize, xStride: usize, tokens: i32, columns: i32, out: usize): void {
  quantize(x, xStride, tokens, columns, out, 2, 32767);
}

export function quantizeI8(x: usize, xStride: usize, tokens: i32, columns: i32, out: usize): void {
  quantize(x, xStride, tokens, columns, out, 1, 127);
}

/** The integers of `quantizeI8`, as i16: for products of whole bytes where the engine's dots of bytes saturate. */
export function quantizeI8Wide(
  x: usize, xStride: usize, tokens: i32, columns: i32, out: usize,
): void {
  quantize(x, xStride, tokens, columns, out, 2, 127);
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
  x: usize, xStride: usize, tokens: i32, columns: i32, out: usize, integerBytes: i32, levels: f32,
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
        quantizeBlock(from, to, token, count, integerBytes, levels);
        from += 128;
        to += bytes;
      }
    }
    out += <usize>blocks * bytes;
  }
}

// @ts-ignore: decorator
@inline
function quantizeBlock(
  x: usize, out: usize, token: i32, count: i32, integerBytes: i32, levels: f32,
): void {
  const step = <usize>(count * 4 * integerBytes);
  const scale = scaleOf(x, levels);
  // What is that small counts as nothing: its reciprocal might be infinite.
  const inverse = f32x4.splat(scale < 1e-30 ? 0 : 1 / scale);
  let to = out + <usize>(token * 4 * integerBytes);
  let sum = i32x4.splat(0), firstSum = sum;
  for (let half = 0; half < 2; half++) {
    firstSum = sum;
    const a = rounded(x, inverse), b = rounded(x + 16, inverse);
    const c = rounded(x + 32, inverse), d = rounded(x + 48, inverse);
    sum = i32x4.add(sum, i32x4.add(i32x4.add(a, b), i32x4.add(c, d)));
    if (integerBytes == 2) {
      const ab = i16x8.narrow_i32x4_s(ordered(a), ordered(b));
      const cd = i16x8.narrow_i32x4_s(ordered(c), ordered(d));
      v128.store64_lane(to, ab, 0);
      v128.store64_lane(to + step, ab, 1);
      v128.store64_lane(to + 2 * step, cd, 0);
      v128.store64_lane(to + 3 * step, cd, 1);
    } else {
      const ab = i16x8.narrow_i32x4_s(a, b), cd = i16x8.narrow_i32x4_s(c, d);
      const bytes = i8x16.narrow_i16x8_s(ab, cd);
      v128.store32_lane(to, bytes, 0);
      v128.store32_lane(to + step, bytes, 1);
      v128.store32_lane(to + 2 * step, bytes, 2);
      v128.store32_lane(to + 3 * step, bytes, 3);
    }
    x += 64;
    to += 4 * step;
  }
  const numbers = out + <usize>QUADS * step + <usize>(token << 2);
  const next = <usize>(count << 2);
  store<f32>(numbers, scale);
  store<i32>(numbers + next, -8 * totalOf(sum));
  store<i32>(numbers + 2 * next, -8 * totalOf(firstSum));
}

/** The largest size by its bits, of which those of infinity and NaN are: they reach the result. */
// @ts-ignore: decorator
@inline
function scaleOf(from: usize, levels: f32): f32 {
  const size = i32x4.splat(0x7fffffff);
  let peak = v128.and(v128.load(from), size);
  for (let i: usize = 16; i < 128; i += 16) {
    peak = i32x4.max_s(peak, v128.and(v128.load(from + i), size));
  }
  peak = i32x4.max_s(peak, v128.shuffle<i32>(peak, peak, 2, 3, 0, 1));
  peak = i32x4.max_s(peak, v128.shuffle<i32>(peak, peak, 1, 0, 3, 2));
  return f32x4.extract_lane(peak, 0) / levels;
}

/** The nearest integers, of two the even one: adding 1.5 * 2^23 leaves them in the low bits. */
// @ts-ignore: decorator
@inline
function rounded(from: usize, inverse: v128): v128 {
  const magic = f32x4.splat(12582912);
  return i32x4.sub(f32x4.add(f32x4.mul(v128.load(from), inverse), magic), magic);
}

/** Columns 0, 2, 1, 3. */
// @ts-ignore: decorator
@inline
function ordered(four: v128): v128 {
  return v128.shuffle<i32>(four, four, 0, 2, 1, 3);
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
