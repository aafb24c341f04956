// Four rows of Q8_0 (layout: weights/q8-0.wgsl) for kernels/quad-rows. Byte k of a word counts 256^k
// where it lies, so column k is multiplied by x * 256^-k, which is exact. Three bytes are quant + 128,
// which is subtracted later; the topmost is the quant itself, and keeps its sign.

struct Sum {
  rows: Rows,
}

// Of columns column ^ k: their bytes.
struct Lane {
  bytes: vec4<u32>,
  // 256^-column, and 0 for the column whose byte is not biased.
  shrink: Inputs,
  is_biased: Inputs,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 8u + (shape.chunk_count + 1u) / 2u;
}

// What a chunk is read from, from word 0 of the rows.
struct Places {
  quants: vec2<f32>,
  scales: vec2<f32>,
}

fn places_of(chunk: u32) -> Places {
  return Places(spot_of(chunk * 8u), spot_of(shape.chunk_count * 8u + chunk / 2u));
}

fn lane_of(column: u32) -> Lane {
  let shift = (vec4<u32>(column) ^ vec4<u32>(0u, 1u, 2u, 3u)) * 8u;
  let shrink = by_column(vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24), column);
  return Lane(vec4<u32>(0xFFu) << shift, shrink, by_column(vec4<f32>(1.0, 1.0, 1.0, 0.0), column));
}

fn scaled_low(x: Inputs, own: Lane) -> Inputs {
  return x * own.shrink;
}

fn scaled_high(x: Inputs, own: Lane) -> Inputs {
  return x * own.shrink;
}

fn add_offsets(sum: Halves, low: Inputs, high: Inputs, own: Lane) -> Halves {
  return Halves(sum.low + total_of((low + high) * own.is_biased), sum.high);
}

fn field(word: u32, mask: u32) -> f32 {
  return f32(bitcast<i32>(word & mask));
}

fn add_row(sum: Tokens, low: u32, high: u32, x: Columns, own: Lane) -> Tokens {
  var s = add_product(sum, column_0(x.low), field(low, own.bytes.x));
  s = add_product(s, column_0(x.high), field(high, own.bytes.x));
  s = add_product(s, column_1(x.low), field(low, own.bytes.y));
  s = add_product(s, column_1(x.high), field(high, own.bytes.y));
  s = add_product(s, column_2(x.low), field(low, own.bytes.z));
  s = add_product(s, column_2(x.high), field(high, own.bytes.z));
  s = add_product(s, column_3(x.low), field(low, own.bytes.w));
  return add_product(s, column_3(x.high), field(high, own.bytes.w));
}

fn add_step(
  sum: Sum, rows: vec2<f32>, places: Places, i: u32, x: Columns, own: Lane,
) -> Sum {
  let low = texel(rows + places.quants + words_on(i));
  let high = texel(rows + places.quants + words_on(i + 4u));
  let r = sum.rows;
  return Sum(Rows(
    add_row(r.a, low.x, high.x, x, own),
    add_row(r.b, low.y, high.y, x, own),
    add_row(r.c, low.z, high.z, x, own),
    add_row(r.d, low.w, high.w, x, own),
  ));
}

fn add_chunk(
  total: Rows, sum: Sum, rows: vec2<f32>, places: Places, chunk: u32, offsets: Offsets,
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
