// Four rows of Q4_0 (layout: weights/q4-0.wgsl) for kernels/quad-rows. Field k of a word, four bits,
// counts 16^k where it lies, so column k is multiplied by x * 16^-k, which is exact. Seven fields are
// nibbles, of which 8 is subtracted later; the topmost is stored as nibble - 8, and keeps its sign.

struct Sum {
  rows: Rows,
}

// Of columns column ^ k: the fields of the lower half; those of the upper half lie four bits higher.
struct Lane {
  low: vec4<u32>,
  high: vec4<u32>,
  // 256^-column, and 0 for the column whose upper field is not biased.
  shrink: Inputs,
  is_biased: Inputs,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 4u + (shape.chunk_count + 1u) / 2u;
}

// What a chunk is read from, from word 0 of the rows.
struct Places {
  quants: vec2<f32>,
  scales: vec2<f32>,
}

fn places_of(chunk: u32) -> Places {
  return Places(spot_of(chunk * 4u), spot_of(shape.chunk_count * 4u + chunk / 2u));
}

fn lane_of(column: u32) -> Lane {
  let shift = (vec4<u32>(column) ^ vec4<u32>(0u, 1u, 2u, 3u)) * 8u;
  let shrink = by_column(vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24), column);
  let is_biased = by_column(vec4<f32>(1.0, 1.0, 1.0, 0.0), column);
  return Lane(vec4<u32>(0xFu) << shift, vec4<u32>(0xF0u) << shift, shrink, is_biased);
}

fn scaled_low(x: Inputs, own: Lane) -> Inputs {
  return x * own.shrink;
}

fn scaled_high(x: Inputs, own: Lane) -> Inputs {
  return x * (own.shrink * 0x1p-4);
}

fn add_offsets(sum: Halves, low: Inputs, high: Inputs, own: Lane) -> Halves {
  return Halves(sum.low + total_of(low + high * own.is_biased), sum.high);
}

fn field(word: u32, mask: u32) -> f32 {
  return f32(bitcast<i32>(word & mask));
}

fn add_row(sum: Tokens, word: u32, x: Columns, own: Lane) -> Tokens {
  var s = add_product(sum, column_0(x.low), field(word, own.low.x));
  s = add_product(s, column_0(x.high), field(word, own.high.x));
  s = add_product(s, column_1(x.low), field(word, own.low.y));
  s = add_product(s, column_1(x.high), field(word, own.high.y));
  s = add_product(s, column_2(x.low), field(word, own.low.z));
  s = add_product(s, column_2(x.high), field(word, own.high.z));
  s = add_product(s, column_3(x.low), field(word, own.low.w));
  return add_product(s, column_3(x.high), field(word, own.high.w));
}

fn add_step(
  sum: Sum, rows: vec2<f32>, places: Places, i: u32, x: Columns, own: Lane,
) -> Sum {
  let w = texel(rows + places.quants + words_on(i));
  let r = sum.rows;
  return Sum(Rows(
    add_row(r.a, w.x, x, own),
    add_row(r.b, w.y, x, own),
    add_row(r.c, w.z, x, own),
    add_row(r.d, w.w, x, own),
  ));
}

fn add_chunk(
  total: Rows, sum: Sum, rows: vec2<f32>, places: Places, chunk: u32, offsets: Offsets,
) -> Rows {
  let w = texel(rows + places.scales);
  let is_odd = (chunk & 1u) == 1u;
  let offset = 8.0 * offsets.low;
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
