// The most likely tokens of one row of logits, and the log of the sum of e^logit over all of them.
//
// `out` is [64] u32 ids, [64] f32 logits, descending, ties by lower id, and the f32 log-sum-exp: the
// words that the WebGPU kernel writes. NaN is never a candidate, but makes the sum NaN.

import { exponential, largest, total } from './simd';

const COUNT_MAX = 64;

/** `logits` is aligned to 16 bytes and padded to a multiple of four, whose rest is overwritten. */
export function candidates(logits: usize, count: i32, out: usize): void {
  const end = logits + ((<usize>count + 3) & ~3) * 4;
  for (let at = logits + (<usize>count << 2); at < end; at += 4) store<f32>(at, -Infinity);
  const kept = min(count, COUNT_MAX);
  const values = out + COUNT_MAX * 4;
  for (let i = 0; i < kept; i++) {
    store<u32>(out + (i << 2), u32.MAX_VALUE);
    store<f32>(values + (i << 2), -Infinity);
  }
  let peaks = f32x4.splat(-Infinity);
  let least = f32x4.splat(-Infinity);
  for (let at = logits; at < end; at += 16) {
    const four = v128.load(at);
    peaks = f32x4.pmax(peaks, four);
    if (!v128.any_true(f32x4.gt(four, least))) continue;
    for (let lane: usize = 0; lane < 16; lane += 4) {
      keep(load<f32>(at + lane), <u32>((at + lane - logits) >> 2), kept, out, values);
    }
    least = v128.load32_splat(values + ((kept - 1) << 2));
  }
  const peak = largest(peaks);
  let sums = f32x4.splat(0);
  // Sums of a part of the vocabulary first: a hundred thousand small terms would lose digits.
  for (let at = logits; at < end; ) {
    const partEnd = min(end, at + 1024);
    let part = f32x4.splat(0);
    for (; at < partEnd; at += 16) {
      part = f32x4.add(part, exponential(f32x4.sub(v128.load(at), f32x4.splat(peak))));
    }
    sums = f32x4.add(sums, part);
  }
  store<f32>(values, peak + <f32>Math.log(<f64>total(sums)), COUNT_MAX * 4);
}

/** Inserts a logit before the smaller ones; equal ones have lower ids and stay before it. */
function keep(logit: f32, id: u32, kept: i32, ids: usize, values: usize): void {
  let place = kept - 1;
  if (!(logit > load<f32>(values + (place << 2)))) return;
  for (; place > 0 && logit > load<f32>(values + ((place - 1) << 2)); place--) {
    store<f32>(values + (place << 2), load<f32>(values + ((place - 1) << 2)));
    store<u32>(ids + (place << 2), load<u32>(ids + ((place - 1) << 2)));
  }
  store<f32>(values + (place << 2), logit);
  store<u32>(ids + (place << 2), id);
}
