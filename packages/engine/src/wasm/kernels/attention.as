// Softmax of each query head's scores over the cached positions up to the token's own, times the values.
//
// Rows may belong to different sessions: a row of the table `rows` is the u32 address of its session's page
// table and the u32 count of positions it attends to, its own included. A page table holds u32 addresses of
// pages of `pageLength` positions; `keys` and `values` are how far into a page those of this block begin, as
// [kvHead][position][dimension]. Heads are padded to whole vectors with zeros.
//
// Queries that read the same keys (heads of a group, tokens of a session) go four at a time, so that four
// products come of each load. Scores lie [position][4 queries]: softmax adds nothing across lanes.
//
// A page is done with before the next one, for all heads and tokens, as in FlashAttention (Dao et al. 2022):
// what is summed so far is scaled where a larger score comes. One token reads its whole cache and computes
// little with it, so memory decides. A page's keys and values of a block are neighbours; a line of each is
// read at once, before anything else, so that many are under way together.
//
// Of one token that sees many positions, `attendParts` computes stretches of them, which threads share, and
// `joinParts` puts them together, as in Flash-Decoding (Dao et al. 2023). How long a part is does not depend on the
// threads, so neither does the result.

import { minusInfinity } from './constants';
import { ROW_BYTES } from './rows';
import { exponential, keepReads, linesAt, madd } from './simd';

// What is kept of four queries meanwhile, then four rows of values times shares.
const PEAKS: usize = 0;
const SUMS: usize = 16;
/** What the sums so far are worth since the last page. */
const FACTORS: usize = 32;
/** Positions that each sees. */
const LENGTHS: usize = 48;
const ADDRESSES: usize = 64;
const MIXED: usize = 80;

/** `scores` is room for a page, `states` for 80 bytes and four heads for each four queries. */
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
  states: usize,
  out: usize,
  outStride: usize,
): void {
  const headBytes = <usize>((headDim + 3) >> 2) << 4;
  const group = headCount / kvHeadCount;
  const scale: f32 = 1 / sqrt<f32>(<f32>headDim);
  for (let first = 0; first < tokens; ) {
    const table = rows + <usize>first * ROW_BYTES, pages = load<u32>(table);
    let count = 1;
    while (first + count < tokens && load<u32>(table + <usize>count * ROW_BYTES) == pages) count++;
    const heads = queries + <usize>(first * headCount) * headBytes;
    begin(table, count * group, group, kvHeadCount, heads, headBytes, states);
    const length = load<i32>(table + <usize>(count - 1) * ROW_BYTES, 4);
    walk(pages, count * group, kvHeadCount, keys, values, pageLength, 0, length, headBytes, scale, scores, states);
    end(count * group, group, kvHeadCount, headDim, states, out + <usize>first * outStride, outStride);
    first += count;
  }
}

/**
 * Parts `firstPart` and on of what one token sees, `partPages` pages each: a state for each is at its place in
 * `states`.
 */
export function attendParts(
  queries: usize,
  row: usize,
  headCount: i32,
  kvHeadCount: i32,
  headDim: i32,
  keys: usize,
  values: usize,
  pageLength: i32,
  partPages: i32,
  firstPart: i32,
  partCount: i32,
  scores: usize,
  states: usize,
): void {
  const headBytes = <usize>((headDim + 3) >> 2) << 4;
  const group = headCount / kvHeadCount;
  const scale: f32 = 1 / sqrt<f32>(<f32>headDim);
  const pages = load<u32>(row), length = load<i32>(row, 4), partLength = partPages * pageLength;
  const partBytes = statesBytes(group, kvHeadCount, headBytes);
  for (let part = firstPart; part < firstPart + partCount; part++) {
    const state = states + <usize>part * partBytes;
    const start = part * partLength, last = min(length, start + partLength);
    begin(row, group, group, kvHeadCount, queries, headBytes, state);
    walk(pages, group, kvHeadCount, keys, values, pageLength, start, last, headBytes, scale, scores, state);
  }
}

/** The heads of a token from its parts. */
export function joinParts(
  partCount: i32, headCount: i32, kvHeadCount: i32, headDim: i32, states: usize, out: usize,
): void {
  const headBytes = <usize>((headDim + 3) >> 2) << 4;
  const group = headCount / kvHeadCount;
  const partBytes = statesBytes(group, kvHeadCount, headBytes), last = states + partBytes;
  for (let part = 1; part < partCount; part++) {
    const toOther = <usize>part * partBytes;
    for (let state = states; state < last; state += MIXED + headBytes * 4) {
      join(state, state + toOther, headBytes);
    }
  }
  end(group, group, kvHeadCount, headDim, states, out, 0);
}

/** Adds another part's four queries to `state`. */
function join(state: usize, other: usize, headBytes: usize): void {
  const before = v128.load(state, PEAKS), others = v128.load(other, PEAKS);
  const peaks = f32x4.pmax(before, others);
  const mine = exponential(f32x4.sub(before, peaks)), theirs = exponential(f32x4.sub(others, peaks));
  const sums = madd(v128.load(other, SUMS), theirs, f32x4.mul(v128.load(state, SUMS), mine));
  v128.store(state, peaks, PEAKS);
  v128.store(state, sums, SUMS);
  v128.store(state, mine, FACTORS);
  v128.store(other, theirs, FACTORS);
  for (let query: usize = 0; query < 4; query++) {
    const a = v128.load32_splat(state + query * 4, FACTORS), b = v128.load32_splat(other + query * 4, FACTORS);
    const from = other + MIXED + query * headBytes, to = state + MIXED + query * headBytes;
    for (let at: usize = 0; at < headBytes; at += 16) {
      v128.store(to + at, madd(v128.load(from + at), b, f32x4.mul(v128.load(to + at), a)));
    }
  }
}

/** Bytes of what is kept of so many queries of each head. */
// @ts-ignore: decorator
@inline
function statesBytes(queryCount: i32, kvHeadCount: i32, headBytes: usize): usize {
  return <usize>(kvHeadCount * ((queryCount + 3) >> 2)) * (MIXED + headBytes * 4);
}

/** Where four queries of each head are, and how far they see. */
function begin(
  table: usize, queryCount: i32, group: i32, kvHeadCount: i32, heads: usize, headBytes: usize, state: usize,
): void {
  const headCount = kvHeadCount * group;
  for (let kvHead = 0; kvHead < kvHeadCount; kvHead++) {
    for (let query = 0; query < queryCount; query += 4) {
      // Not minus infinity, whose distance to itself is no number.
      v128.store(state, f32x4.splat(-f32.MAX_VALUE), PEAKS);
      v128.store(state, f32x4.splat(0), SUMS);
      for (let lane = 0; lane < 4; lane++) {
        // Fewer than four: the last one again.
        const index = min(query + lane, queryCount - 1);
        const token = index / group, head = token * headCount + kvHead * group + (index % group);
        const at = state + (<usize>lane << 2);
        store<i32>(at, load<i32>(table + <usize>token * ROW_BYTES, 4), LENGTHS);
        store<u32>(at, <u32>(heads + <usize>head * headBytes), ADDRESSES);
      }
      memory.fill(state + MIXED, 0, headBytes * 4);
      state += MIXED + headBytes * 4;
    }
  }
}

/** Positions `first` to `length` of a session, whole pages but for the end, for all its queries. */
function walk(
  pages: usize, queryCount: i32, kvHeadCount: i32, keys: usize, values: usize, pageLength: i32, first: i32,
  length: i32, headBytes: usize, scale: f32, scores: usize, states: usize,
): void {
  const cacheBytes = <usize>pageLength * headBytes, stateBytes = MIXED + headBytes * 4;
  const groupCount = (queryCount + 3) >> 2;
  let page: usize = pages + (<usize>(first / pageLength) << 2);
  for (let start = first; start < length; start += pageLength, page += 4) {
    let key = <usize>load<u32>(page) + keys, value = <usize>load<u32>(page) + values;
    if (start + pageLength <= length) keepReads(linesAt(key, 2 * <usize>kvHeadCount * cacheBytes));
    let state = states;
    for (let kvHead = 0; kvHead < kvHeadCount; kvHead++) {
      for (let four = 0; four < groupCount; four++) {
        const visible = min(pageLength, load<i32>(state + LENGTHS, 12) - start);
        if (visible > 0) {
          score(state, key, start, visible, headBytes, scale, scores);
          mix(state + MIXED, scores, visible, value, headBytes, state + FACTORS);
        }
        state += stateBytes;
      }
      key += cacheBytes;
      value += cacheBytes;
    }
  }
}

/**
 * Shares of `count` positions from `start` on, before they are divided by their sum; two scores are computed
 * at a time, one of each half.
 */
function score(
  state: usize, keys: usize, start: i32, count: i32, headBytes: usize, scale: f32, scores: usize,
): void {
  const q0 = <usize>load<u32>(state, ADDRESSES), q1 = <usize>load<u32>(state, ADDRESSES + 4);
  const q2 = <usize>load<u32>(state, ADDRESSES + 8), q3 = <usize>load<u32>(state, ADDRESSES + 12);
  const before = v128.load(state, PEAKS), lengths = v128.load(state, LENGTHS), scales = f32x4.splat(scale);
  const half = (count + 1) >> 1, toSecond = <usize>half * headBytes, toOther = <usize>half << 4;
  let peaks = before, out = scores;
  for (let position = start; position < start + half; position++) {
    let a0 = f32x4.splat(0), b0 = a0, c0 = a0, d0 = a0, a1 = a0, b1 = a0, c1 = a0, d1 = a0;
    let at: usize = 0, second = keys + toSecond;
    do {
      const k0 = v128.load(keys), k1 = v128.load(second);
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
      second += 16;
      at += 16;
    } while (at < headBytes);
    // What a token must not see, and the position after an odd end.
    const one = visible(f32x4.mul(totals(a0, b0, c0, d0), scales), position, lengths);
    const other = visible(f32x4.mul(totals(a1, b1, c1, d1), scales), position + half, lengths);
    v128.store(out, one);
    v128.store(out + toOther, other);
    peaks = f32x4.pmax(peaks, f32x4.pmax(one, other));
    out += 16;
  }
  const factors = exponential(f32x4.sub(before, peaks));
  v128.store(state, peaks, PEAKS);
  v128.store(state, factors, FACTORS);
  const sums = share(scores, count, peaks, f32x4.mul(v128.load(state, SUMS), factors));
  v128.store(state, sums, SUMS);
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
// @ts-ignore: decorator
@inline
function share(scores: usize, count: i32, peaks: v128, sums: v128): v128 {
  const last = scores + (<usize>count << 4);
  for (let at = scores; at < last; at += 16) {
    const four = v128.load(at);
    // The exponential has no smaller result than e^-87, which is not what a hidden position weighs.
    const isVisible = f32x4.ne(four, minusInfinity);
    const power = v128.and(exponential(f32x4.sub(four, peaks)), isVisible);
    v128.store(at, power);
    sums = f32x4.add(sums, power);
  }
  return sums;
}

/** Four rows of `mixed` times their factors, plus values times shares. */
function mix(
  mixed: usize, shares: usize, count: i32, values: usize, headBytes: usize, factors: usize,
): void {
  const last = shares + (<usize>count << 4);
  let to = mixed, column: usize = 0;
  for (; column + 32 <= headBytes; column += 32) {
    let a0 = f32x4.splat(0), b0 = a0, c0 = a0, d0 = a0, a1 = a0, b1 = a0, c1 = a0, d1 = a0;
    let at = shares, value = values + column;
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
    const fa = v128.load32_splat(factors), fb = v128.load32_splat(factors, 4);
    const fc = v128.load32_splat(factors, 8), fd = v128.load32_splat(factors, 12);
    addTo(to, fa, a0);
    addTo(to + 16, fa, a1);
    addTo(to + headBytes, fb, b0);
    addTo(to + headBytes + 16, fb, b1);
    addTo(to + 2 * headBytes, fc, c0);
    addTo(to + 2 * headBytes + 16, fc, c1);
    addTo(to + 3 * headBytes, fd, d0);
    addTo(to + 3 * headBytes + 16, fd, d1);
    to += 32;
  }
  if (column == headBytes) return;
  let a = f32x4.splat(0), b = a, c = a, d = a;
  let value = values + column;
  for (let at = shares; at < last; at += 16) {
    const v = v128.load(value);
    a = madd(v128.load32_splat(at), v, a);
    b = madd(v128.load32_splat(at, 4), v, b);
    c = madd(v128.load32_splat(at, 8), v, c);
    d = madd(v128.load32_splat(at, 12), v, d);
    value += headBytes;
  }
  addTo(to, v128.load32_splat(factors), a);
  addTo(to + headBytes, v128.load32_splat(factors, 4), b);
  addTo(to + 2 * headBytes, v128.load32_splat(factors, 8), c);
  addTo(to + 3 * headBytes, v128.load32_splat(factors, 12), d);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, factor: v128, sum: v128): void {
  v128.store(at, madd(v128.load(at), factor, sum));
}

/** Heads over the sums of their shares; the result has no padding. */
function end(
  queryCount: i32, group: i32, kvHeadCount: i32, headDim: i32, state: usize, out: usize, outStride: usize,
): void {
  const headBytes = <usize>((headDim + 3) >> 2) << 4;
  for (let kvHead = 0; kvHead < kvHeadCount; kvHead++) {
    for (let query = 0; query < queryCount; query += 4) {
      for (let index = query; index < min(query + 4, queryCount); index++) {
        const lane = <usize>(index - query);
        const head = <usize>(kvHead * group + (index % group)) * headDim;
        const at = out + <usize>(index / group) * outStride + (head << 2);
        put(at, state + MIXED + lane * headBytes, headDim, 1 / load<f32>(state + (lane << 2), SUMS));
      }
      state += MIXED + headBytes * 4;
    }
  }
}

// @ts-ignore: decorator
@inline
function put(out: usize, head: usize, headDim: i32, factor: f32): void {
  const last = <usize>headDim << 2, vectorEnd = last & ~15, factors = f32x4.splat(factor);
  let at: usize = 0;
  for (; at < vectorEnd; at += 16) v128.store(out + at, f32x4.mul(v128.load(head + at), factors));
  for (; at < last; at += 4) store<f32>(out + at, load<f32>(head + at) * factor);
}
