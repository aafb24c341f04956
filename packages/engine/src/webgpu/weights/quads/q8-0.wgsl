// Four rows of Q8_0 (layout: weights/q8-0.wgsl) for kernels/quad-rows. Byte k of a word counts 256^k
// where it lies, so column k is multiplied by x * 256^-k, which is exact. Three bytes are quant + 128,
// which is subtracted later; the topmost is the quant itself, and keeps its sign.

struct Sum {
  rows: Rows,
}

// Of columns lane ^ k: their bytes.
struct Lane {
  bytes: vec4<u32>,
  // 256^-lane, and 0 for the lane whose byte is not biased.
  shrink: f32,
  is_biased: f32,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 8u + (shape.chunk_count + 1u) / 2u;
}

// What a chunk is read from, from word 0 of the rows.
struct Places {
  quants: vec2<u32>,
  scales: vec2<u32>,
}

fn places_of(chunk: u32) -> Places {
  return Places(place_of(chunk * 8u), place_of(shape.chunk_count * 8u + chunk / 2u));
}

fn lane_of(lane: u32) -> Lane {
  let shift = (vec4<u32>(lane) ^ vec4<u32>(0u, 1u, 2u, 3u)) * 8u;
  let shrinks = array<f32, 4>(1.0, 0x1p-8, 0x1p-16, 0x1p-24);
  return Lane(vec4<u32>(0xFFu) << shift, shrinks[lane], select(1.0, 0.0, lane == 3u));
}

fn scaled_low(x: Tokens, own: Lane) -> Tokens {
  return x * own.shrink;
}

fn scaled_high(x: Tokens, own: Lane) -> Tokens {
  return x * own.shrink;
}

fn add_offsets(sum: Halves, low: Tokens, high: Tokens, own: Lane) -> Halves {
  return Halves(sum.low + (low + high) * own.is_biased, sum.high);
}

fn field(word: u32, mask: u32) -> f32 {
  return f32(bitcast<i32>(word & mask));
}

fn add_row(sum: Tokens, low: u32, high: u32, x: Columns, own: Lane) -> Tokens {
  var s = add_product(sum, x.l0, field(low, own.bytes.x));
  s = add_product(s, x.h0, field(high, own.bytes.x));
  s = add_product(s, x.l1, field(low, own.bytes.y));
  s = add_product(s, x.h1, field(high, own.bytes.y));
  s = add_product(s, x.l2, field(low, own.bytes.z));
  s = add_product(s, x.h2, field(high, own.bytes.z));
  s = add_product(s, x.l3, field(low, own.bytes.w));
  return add_product(s, x.h3, field(high, own.bytes.w));
}

fn add_step(
  sum: Sum, rows: vec2<u32>, places: Places, i: u32, x: Columns, own: Lane,
) -> Sum {
  let low = texel(rows + places.quants + vec2<u32>(i * VECTORS, 0u));
  let high = texel(rows + places.quants + vec2<u32>((i + 4u) * VECTORS, 0u));
  let r = sum.rows;
  return Sum(Rows(
    add_row(r.a, low.x, high.x, x, own),
    add_row(r.b, low.y, high.y, x, own),
    add_row(r.c, low.z, high.z, x, own),
    add_row(r.d, low.w, high.w, x, own),
  ));
}

fn add_chunk(
  total: Rows, sum: Sum, rows: vec2<u32>, places: Places, chunk: u32, offsets: Halves,
) -> Rows {
  let w = texel(rows + places.scales);
  let is_odd = (chunk & 1u) == 1u;
  let offset = 128.0 * offsets.low;
  let r = sum.rows;
  return Rows(
    total.a + scale_of(w.x, is_odd) * (r.a - offset),
    total.b + scale_of(w.y, is_odd) * (r.b - offset),
    total.c + scale_of(w.z, is_odd) * (r.c - offset),
    total.d + scale_of(w.w, is_odd) * (r.d - offset),
  );
}

fn scale_of(word: u32, is_odd: bool) -> f32 {
  let scales = unpack2x16float(word);
  return select(scales.x, scales.y, is_odd);
}
