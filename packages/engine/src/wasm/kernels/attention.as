// Softmax of each query head's scores over the cached positions up to the token's own, times the values.
//
// Heads are padded to whole vectors with zeros. Keys and values lie in pages of 32 positions, whose
// addresses `pageTable` lists in order; in a page, from `keysOffset` or `valuesOffset` on, they lie
// [kvHead][position][dimension], so that both passes read sequential streams.

import { exponential, largest, madd, total } from './simd';

/** Positions of a page: PAGE_POSITIONS of ../../stage.ts. */
const PAGE = 32;

export function attention(
  queries: usize,
  tokens: i32,
  position: i32,
  headCount: i32,
  kvHeadCount: i32,
  headDim: i32,
  pageTable: usize,
  keysOffset: usize,
  valuesOffset: usize,
  scores: usize,
  out: usize,
  outStride: usize,
): void {
  const vectorCount = (headDim + 3) >> 2;
  const headBytes = <usize>vectorCount << 4;
  const headStride = headBytes * PAGE;
  const group = headCount / kvHeadCount;
  const scale: f32 = 1 / sqrt<f32>(<f32>headDim);
  for (let token = 0; token < tokens; token++) {
    const length = position + token + 1;
    for (let head = 0; head < headCount; head++) {
      const cache = <usize>(head / group) * headStride;
      const query = queries + <usize>(token * headCount + head) * headBytes;
      scorePositions(query, pageTable, keysOffset + cache, length, headBytes, scale, scores);
      const share = softmax(scores, length);
      const to = out + <usize>token * outStride + ((<usize>head * headDim) << 2);
      mixValues(scores, pageTable, valuesOffset + cache, length, headBytes, share, headDim, to);
    }
  }
}

function scorePositions(
  query: usize,
  pageTable: usize,
  offset: usize,
  length: i32,
  headBytes: usize,
  scale: f32,
  scores: usize,
): void {
  for (let first = 0; first < length; first += PAGE) {
    const keys = <usize>load<u32>(pageTable) + offset;
    scorePage(query, keys, min(PAGE, length - first), headBytes, scale, scores);
    pageTable += 4;
    scores += PAGE << 2;
  }
}

// @ts-ignore: decorator
@inline
function scorePage(
  query: usize,
  keys: usize,
  length: i32,
  headBytes: usize,
  scale: f32,
  scores: usize,
): void {
  let position = 0;
  for (; position + 4 <= length; position += 4) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    const kb = keys + headBytes, kc = kb + headBytes, kd = kc + headBytes;
    for (let at: usize = 0; at < headBytes; at += 16) {
      const q = v128.load(query + at);
      a = madd(q, v128.load(keys + at), a);
      b = madd(q, v128.load(kb + at), b);
      c = madd(q, v128.load(kc + at), c);
      d = madd(q, v128.load(kd + at), d);
    }
    // Four sums of four lanes: transpose, then add.
    const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
    const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
    const sums = f32x4.add(
      v128.shuffle<f32>(ab, cd, 0, 1, 4, 5),
      v128.shuffle<f32>(ab, cd, 2, 3, 6, 7),
    );
    v128.store(scores + (<usize>position << 2), f32x4.mul(sums, f32x4.splat(scale)));
    keys = kd + headBytes;
  }
  for (; position < length; position++) {
    let a = f32x4.splat(0);
    for (let at: usize = 0; at < headBytes; at += 16) {
      a = madd(v128.load(query + at), v128.load(keys + at), a);
    }
    store<f32>(scores + (<usize>position << 2), total(a) * scale);
    keys += headBytes;
  }
}

/** Scores to powers of e of their distance to the largest; returns one over their sum. */
function softmax(scores: usize, length: i32): f32 {
  const end = scores + ((<usize>length + 3) & ~3) * 4;
  // The vector that the last positions fill in part: what is over weighs nothing.
  for (let at = scores + (<usize>length << 2); at < end; at += 4) store<f32>(at, -Infinity);
  let peaks = v128.load(scores);
  for (let at = scores + 16; at < end; at += 16) peaks = f32x4.max(peaks, v128.load(at));
  const peak = f32x4.splat(largest(peaks));
  let sums = f32x4.splat(0);
  for (let at = scores; at < end; at += 16) {
    const power = exponential(f32x4.sub(v128.load(at), peak));
    v128.store(at, power);
    sums = f32x4.add(sums, power);
  }
  return 1 / total(sums);
}

function mixValues(
  shares: usize,
  pageTable: usize,
  offset: usize,
  length: i32,
  headBytes: usize,
  factor: f32,
  headDim: i32,
  out: usize,
): void {
  const scale = f32x4.splat(factor);
  let at: usize = 0;
  for (; at + 64 <= headBytes; at += 64) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    let share = shares;
    for (let first = 0; first < length; first += PAGE) {
      let from = <usize>load<u32>(pageTable + (<usize>first >> 3)) + offset + at;
      const end = share + (<usize>min(PAGE, length - first) << 2);
      for (; share < end; share += 4) {
        const s = v128.load32_splat(share);
        a = madd(s, v128.load(from), a);
        b = madd(s, v128.load(from, 16), b);
        c = madd(s, v128.load(from, 32), c);
        d = madd(s, v128.load(from, 48), d);
        from += headBytes;
      }
    }
    putLanes(out + at, f32x4.mul(a, scale), headDim - (<i32>at >> 2));
    putLanes(out + at + 16, f32x4.mul(b, scale), headDim - (<i32>at >> 2) - 4);
    putLanes(out + at + 32, f32x4.mul(c, scale), headDim - (<i32>at >> 2) - 8);
    putLanes(out + at + 48, f32x4.mul(d, scale), headDim - (<i32>at >> 2) - 12);
  }
  for (; at < headBytes; at += 16) {
    let a = f32x4.splat(0);
    let share = shares;
    for (let first = 0; first < length; first += PAGE) {
      let from = <usize>load<u32>(pageTable + (<usize>first >> 3)) + offset + at;
      const end = share + (<usize>min(PAGE, length - first) << 2);
      for (; share < end; share += 4) {
        a = madd(v128.load32_splat(share), v128.load(from), a);
        from += headBytes;
      }
    }
    putLanes(out + at, f32x4.mul(a, scale), headDim - (<i32>at >> 2));
  }
}

/** The result has no padding: of a head's last vector only `count` lanes are its own. */
// @ts-ignore: decorator
@inline
function putLanes(out: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(out, v);
    return;
  }
  store<f32>(out, f32x4.extract_lane(v, 0));
  if (count > 1) store<f32>(out, f32x4.extract_lane(v, 1), 4);
  if (count > 2) store<f32>(out, f32x4.extract_lane(v, 2), 8);
}
