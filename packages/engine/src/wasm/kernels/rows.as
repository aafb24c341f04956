// What a block does to rows besides products: norm, rotation and caching, SwiGLU.

import { one } from './constants';
import { exponential, madd, total } from './simd';

/** out = x / sqrt(mean(x^2) + epsilon) * gain, for each token's row. */
export function rmsNorm(
  x: usize,
  stride: usize,
  tokens: i32,
  columns: i32,
  gain: usize,
  epsilon: f32,
  out: usize,
): void {
  for (let token = 0; token < tokens; token++) {
    normRow(x, columns, gain, epsilon, out);
    x += stride;
    out += stride;
  }
}

function normRow(x: usize, columns: i32, gain: usize, epsilon: f32, out: usize): void {
  const end = x + (<usize>columns << 2);
  const vectorEnd = x + ((<usize>columns & ~3) << 2);
  let squares = f32x4.splat(0);
  let at = x;
  for (; at < vectorEnd; at += 16) squares = madd(v128.load(at), v128.load(at), squares);
  let sum = total(squares);
  for (; at < end; at += 4) sum += load<f32>(at) * load<f32>(at);
  const scale: f32 = 1 / sqrt<f32>(sum / <f32>columns + epsilon);
  const scales = f32x4.splat(scale);
  for (at = x; at < vectorEnd; at += 16) {
    const scaled = f32x4.mul(v128.load(at), scales);
    v128.store(out + (at - x), f32x4.mul(scaled, v128.load(gain + (at - x))));
  }
  for (; at < end; at += 4) {
    store<f32>(out + (at - x), load<f32>(at) * scale * load<f32>(gain + (at - x)));
  }
}

/** A row of the table that says where rows' keys and values go: see attention.as. */
export const ROW_BYTES: usize = 8;

/**
 * Heads of queries, keys or values as the attention reads them: bias added, each head normed with `gain`
 * (both where not 0), the first `ropeDim` dimensions rotated, padded with zeros to whole vectors.
 *
 * `rotations` holds cos and sin of each pair for each token, 0 for values. Queries go to
 * `out`, `[token][head]`; with a table of `rows`, keys and values go `out` bytes into the page of their
 * position, `[head][position]`.
 */
export function placeHeads(
  x: usize,
  stride: usize,
  tokens: i32,
  headCount: i32,
  headDim: i32,
  bias: usize,
  gain: usize,
  epsilon: f32,
  rotations: usize,
  ropeDim: i32,
  isHalf: bool,
  rows: usize,
  pageLength: i32,
  out: usize,
): void {
  const headBytes = <usize>headDim << 2;
  const paddedBytes = (headBytes + 15) & ~15;
  const headStride = rows == 0 ? paddedBytes : <usize>pageLength * paddedBytes;
  for (let token = 0; token < tokens; token++) {
    let to = out + <usize>(token * headCount) * paddedBytes;
    if (rows != 0) {
      const position = load<i32>(rows, 4) - 1;
      const page = load<u32>(<usize>load<u32>(rows) + (<usize>(position / pageLength) << 2));
      to = out + page + <usize>(position % pageLength) * paddedBytes;
      rows += ROW_BYTES;
    }
    for (let head = 0; head < headCount; head++) {
      const offset = <usize>head * headBytes;
      placeHead(x + offset, bias == 0 ? 0 : bias + offset, headBytes, to);
      if (gain != 0) normRow(to, headDim, gain, epsilon, to);
      if (rotations != 0) rotate(to, rotations, ropeDim, isHalf);
      to += headStride;
    }
    x += stride;
    if (rotations != 0) rotations += <usize>ropeDim << 2;
  }
}

// @ts-ignore: decorator
@inline
function placeHead(from: usize, bias: usize, headBytes: usize, to: usize): void {
  if (bias != 0) {
    for (let at: usize = 0; at < headBytes; at += 4) {
      store<f32>(to + at, load<f32>(from + at) + load<f32>(bias + at));
    }
  } else {
    memory.copy(to, from, headBytes);
  }
  for (let at = headBytes; at & 15; at += 4) store<f32>(to + at, 0);
}

function rotate(head: usize, rotations: usize, ropeDim: i32, isHalf: bool): void {
  const pairCount = ropeDim >> 1;
  const step: usize = isHalf ? 4 : 8;
  const toOther: usize = isHalf ? <usize>pairCount << 2 : 4;
  for (let pair = 0; pair < pairCount; pair++) {
    const cos = load<f32>(rotations), sin = load<f32>(rotations, 4);
    const a = load<f32>(head), b = load<f32>(head + toOther);
    store<f32>(head, a * cos - b * sin);
    store<f32>(head + toOther, a * sin + b * cos);
    head += step;
    rotations += 8;
  }
}

/** gate = gate / (1 + e^-gate) * up; rows are padded to multiples of four. */
export function swiGlu(gate: usize, up: usize, byteLength: usize): void {
  for (let at: usize = 0; at < byteLength; at += 16) {
    const g = v128.load(gate + at);
    const sigmoid = f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(g))));
    v128.store(gate + at, f32x4.mul(f32x4.mul(g, sigmoid), v128.load(up + at)));
  }
}
