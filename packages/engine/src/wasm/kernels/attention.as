// Softmax of each query head's scores over the cached positions up to the token's own, times the values.
//
// Rows may belong to different sessions: a row of the table `rows` is the u32 address of its session's page
// table and the u32 count of positions it attends to, its own included. A page table holds u32 addresses of
// pages of `pageLength` positions; `keys` and `values` are how far into a page those of this block begin, as
// [kvHead][position][dimension]. Heads are padded to whole vectors with zeros.
//
// Queries that read the same keys (heads of a group, tokens of a session) go four at a time, so that four
// products come of each load. Scores lie [position][4 queries]: softmax adds nothing across lanes.

import { minusInfinity } from './constants';
import { exponential, madd } from './simd';
import { ROW_BYTES } from './rows';

/** Positions whose shares and values stay in the nearest cache. */
const TILE = 64;

export function attention(
  queries: usize,
  rows: usize,
  tokens: i32,
  headCount: i32,
  kvHeadCount: i32,
  headDim: i32,
  keys: usize,
  values: usize,
  pageLength: i32,
  scores: usize,
  mixed: usize,
  out: usize,
  outStride: usize,
): void {
  const headBytes = <usize>((headDim + 3) >> 2) << 4;
  const group = headCount / kvHeadCount;
  const cacheBytes = <usize>pageLength * headBytes;
  for (let first = 0; first < tokens; ) {
    const table = rows + <usize>first * ROW_BYTES;
    const pages = load<u32>(table);
    let count = 1;
    while (first + count < tokens && load<u32>(table + <usize>count * ROW_BYTES) == pages) count++;
    const queryCount = count * group;
    for (let kvHead = 0; kvHead < kvHeadCount; kvHead++) {
      const offset = <usize>kvHead * cacheBytes;
      for (let query = 0; query < queryCount; query += 4) {
        const last = min(query + 3, queryCount - 1);
        // Fewer than four: the last one again.
        const i1 = min(query + 1, last), i2 = min(query + 2, last);
        const lengths = i32x4(
          lengthOf(table, query, group), lengthOf(table, i1, group),
          lengthOf(table, i2, group), lengthOf(table, last, group),
        );
        const heads = queries + <usize>first * headCount * headBytes;
        const q0 = heads + headAt(query, group, kvHead, headCount) * headBytes;
        const q1 = heads + headAt(i1, group, kvHead, headCount) * headBytes;
        const q2 = heads + headAt(i2, group, kvHead, headCount) * headBytes;
        const q3 = heads + headAt(last, group, kvHead, headCount) * headBytes;
        const length = lengthOf(table, last, group), scale: f32 = 1 / sqrt<f32>(<f32>headDim);
        let peaks = f32x4.splat(-Infinity);
        for (let start = 0, page = pages; start < length; start += pageLength, page += 4) {
          const from = <usize>load<u32>(page) + keys + offset;
          const end = min(start + pageLength, length);
          peaks = score(q0, q1, q2, q3, from, start, end, lengths, headBytes, scale, scores, peaks);
        }
        memory.fill(mixed, 0, headBytes * 4);
        let sums = f32x4.splat(0);
        for (let start = 0, page = pages; start < length; start += pageLength, page += 4) {
          const from = <usize>load<u32>(page) + values + offset;
          const end = min(start + pageLength, length);
          for (let tile = start; tile < end; tile += TILE) {
            const tileEnd = min(tile + TILE, end);
            sums = share(scores, tile, tileEnd, peaks, sums);
            mix(scores, tile, tileEnd, from + <usize>(tile - start) * headBytes, headBytes, mixed);
          }
        }
        const factors = f32x4.div(f32x4.splat(1), sums);
        const to = out + <usize>first * outStride;
        for (let lane = 0; lane <= last - query; lane++) {
          const index = query + lane;
          const head = <usize>(kvHead * group + (index % group)) * headDim;
          const at = to + <usize>(index / group) * outStride + (head << 2);
          put(at, mixed + <usize>lane * headBytes, headDim, lane, factors);
        }
      }
    }
    first += count;
  }
}

// @ts-ignore: decorator
@inline
function lengthOf(table: usize, query: i32, group: i32): i32 {
  return load<i32>(table + <usize>(query / group) * ROW_BYTES, 4);
}

// @ts-ignore: decorator
@inline
function headAt(query: i32, group: i32, kvHead: i32, headCount: i32): usize {
  return <usize>((query / group) * headCount + kvHead * group + (query % group));
}

/** Scores of positions `start` to `end`, two at a time, and the largest of each query so far. */
function score(
  q0: usize, q1: usize, q2: usize, q3: usize, keys: usize, start: i32, end: i32, lengths: v128,
  headBytes: usize, scale: f32, scores: usize, peaks: v128,
): v128 {
  const scales = f32x4.splat(scale);
  let out = scores + (<usize>start << 4);
  for (let position = start; position < end; position += 2) {
    let a0 = f32x4.splat(0), b0 = a0, c0 = a0, d0 = a0, a1 = a0, b1 = a0, c1 = a0, d1 = a0;
    let at: usize = 0, next = keys + headBytes;
    do {
      const k0 = v128.load(keys), k1 = v128.load(next);
      let q = v128.load(q0 + at);
      a0 = madd(q, k0, a0);
      a1 = madd(q, k1, a1);
      q = v128.load(q1 + at);
      b0 = madd(q, k0, b0);
      b1 = madd(q, k1, b1);
      q = v128.load(q2 + at);
      c0 = madd(q, k0, c0);
      c1 = madd(q, k1, c1);
      q = v128.load(q3 + at);
      d0 = madd(q, k0, d0);
      d1 = madd(q, k1, d1);
      keys += 16;
      next += 16;
      at += 16;
    } while (at < headBytes);
    keys = next;
    // What a token must not see, and the position after an odd end.
    const first = visible(f32x4.mul(totals(a0, b0, c0, d0), scales), position, lengths);
    const second = visible(f32x4.mul(totals(a1, b1, c1, d1), scales), position + 1, lengths);
    v128.store(out, first);
    v128.store(out, second, 16);
    peaks = f32x4.pmax(peaks, f32x4.pmax(first, second));
    out += 32;
  }
  return peaks;
}

// @ts-ignore: decorator
@inline
function visible(scores: v128, position: i32, lengths: v128): v128 {
  const isVisible = i32x4.gt_s(lengths, i32x4.splat(position));
  return v128.bitselect(scores, minusInfinity, isVisible);
}

/** Four sums of four lanes: transposed, then added. */
// @ts-ignore: decorator
@inline
function totals(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** Scores to powers of e of their distance to the largest, added to `sums`. */
function share(scores: usize, start: i32, end: i32, peaks: v128, sums: v128): v128 {
  const last = scores + (<usize>end << 4);
  for (let at = scores + (<usize>start << 4); at < last; at += 16) {
    const four = v128.load(at);
    // The exponential has no smaller result than e^-87, which is not what a hidden position weighs.
    const isVisible = f32x4.ne(four, minusInfinity);
    const power = v128.and(exponential(f32x4.sub(four, peaks)), isVisible);
    v128.store(at, power);
    sums = f32x4.add(sums, power);
  }
  return sums;
}

/** Adds values times shares to four rows of `mixed`. */
function mix(
  shares: usize, start: i32, end: i32, values: usize, headBytes: usize, mixed: usize,
): void {
  const from = shares + (<usize>start << 4), last = shares + (<usize>end << 4);
  let to = mixed, column: usize = 0;
  for (; column + 32 <= headBytes; column += 32) {
    let a0 = f32x4.splat(0), b0 = a0, c0 = a0, d0 = a0, a1 = a0, b1 = a0, c1 = a0, d1 = a0;
    let at = from, value = values + column;
    do {
      const v0 = v128.load(value), v1 = v128.load(value, 16);
      let weight = v128.load32_splat(at);
      a0 = madd(weight, v0, a0);
      a1 = madd(weight, v1, a1);
      weight = v128.load32_splat(at, 4);
      b0 = madd(weight, v0, b0);
      b1 = madd(weight, v1, b1);
      weight = v128.load32_splat(at, 8);
      c0 = madd(weight, v0, c0);
      c1 = madd(weight, v1, c1);
      weight = v128.load32_splat(at, 12);
      d0 = madd(weight, v0, d0);
      d1 = madd(weight, v1, d1);
      value += headBytes;
      at += 16;
    } while (at < last);
    addTo(to, a0);
    addTo(to + 16, a1);
    addTo(to + headBytes, b0);
    addTo(to + headBytes + 16, b1);
    addTo(to + 2 * headBytes, c0);
    addTo(to + 2 * headBytes + 16, c1);
    addTo(to + 3 * headBytes, d0);
    addTo(to + 3 * headBytes + 16, d1);
    to += 32;
  }
  if (column == headBytes) return;
  let a = f32x4.splat(0), b = a, c = a, d = a;
  let value = values + column;
  for (let at = from; at < last; at += 16) {
    const v = v128.load(value);
    a = madd(v128.load32_splat(at), v, a);
    b = madd(v128.load32_splat(at, 4), v, b);
    c = madd(v128.load32_splat(at, 8), v, c);
    d = madd(v128.load32_splat(at, 12), v, d);
    value += headBytes;
  }
  addTo(to, a);
  addTo(to + headBytes, b);
  addTo(to + 2 * headBytes, c);
  addTo(to + 3 * headBytes, d);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, sum: v128): void {
  v128.store(at, f32x4.add(v128.load(at), sum));
}

/** A head over the sum of its shares; the result has no padding. */
function put(out: usize, head: usize, headDim: i32, lane: i32, factors: v128): void {
  let factor = f32x4.extract_lane(factors, 0);
  if (lane == 1) factor = f32x4.extract_lane(factors, 1);
  else if (lane == 2) factor = f32x4.extract_lane(factors, 2);
  else if (lane == 3) factor = f32x4.extract_lane(factors, 3);
  const end = <usize>headDim << 2, vectorEnd = end & ~15;
  let at: usize = 0;
  for (; at < vectorEnd; at += 16) {
    v128.store(out + at, f32x4.mul(v128.load(head + at), f32x4.splat(factor)));
  }
  for (; at < end; at += 4) store<f32>(out + at, load<f32>(head + at) * factor);
}
