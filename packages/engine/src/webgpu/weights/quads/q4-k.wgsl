// Four rows of Q4_K (layout: weights/q4-k.wgsl) for kernels/quad-rows. Field k of a word, four bits,
// counts 16^k where it lies, so column k is multiplied by x * 16^-k, which is exact. Fields of the upper
// half are moved down by four bits first: the topmost would be taken for a sign.

struct Sum {
  rows: Rows,
}

// Of columns column ^ k: their fields, and 256^-column.
struct Lane {
  fields: vec4<u32>,
  shrink: Inputs,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 4u + shape.chunk_count / 8u * 4u;
}

// What a chunk is read from, from word 0 of the rows.
struct Places {
  quants: vec2<f32>,
  header: vec2<f32>,
  low: vec2<f32>,
  mid: vec2<f32>,
  high: vec2<f32>,
}

fn places_of(chunk: u32) -> Places {
  let first = shape.chunk_count * 4u + chunk / 8u * 4u;
  return Places(
    spot_of(chunk * 4u),
    spot_of(first), spot_of(first + 1u), spot_of(first + 2u), spot_of(first + 3u),
  );
}

fn lane_of(column: u32) -> Lane {
  let shift = (vec4<u32>(column) ^ vec4<u32>(0u, 1u, 2u, 3u)) * 8u;
  let shrink = by_column(vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24), column);
  return Lane(vec4<u32>(0xFu) << shift, shrink);
}

fn scaled_low(x: Inputs, own: Lane) -> Inputs {
  return x * own.shrink;
}

fn scaled_high(x: Inputs, own: Lane) -> Inputs {
  return x * own.shrink;
}

fn add_offsets(sum: Halves, low: Inputs, high: Inputs, own: Lane) -> Halves {
  return Halves(sum.low + total_of(low + high), sum.high);
}

fn field(word: u32, mask: u32) -> f32 {
  return f32(bitcast<i32>(word & mask));
}

fn add_row(sum: Tokens, word: u32, x: Columns, own: Lane) -> Tokens {
  let upper = word >> 4u;
  var s = add_product(sum, column_0(x.low), field(word, own.fields.x));
  s = add_product(s, column_1(x.low), field(word, own.fields.y));
  s = add_product(s, column_2(x.low), field(word, own.fields.z));
  s = add_product(s, column_3(x.low), field(word, own.fields.w));
  s = add_product(s, column_0(x.high), field(upper, own.fields.x));
  s = add_product(s, column_1(x.high), field(upper, own.fields.y));
  s = add_product(s, column_2(x.high), field(upper, own.fields.z));
  return add_product(s, column_3(x.high), field(upper, own.fields.w));
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

// As ggml's get_scale_min_k4 reads them: the scale and the minimum of one row.
fn factors_of(chunk: u32, header: u32, low: u32, mid: u32, high: u32) -> vec2<f32> {
  let shift = (chunk & 3u) * 8u;
  let first = (vec2<u32>(low, mid) >> vec2<u32>(shift)) & vec2<u32>(255u);
  let last = (vec2<u32>(high) >> vec2<u32>(shift, shift + 4u)) & vec2<u32>(15u);
  let second = last | ((first >> vec2<u32>(2u)) & vec2<u32>(48u));
  let chosen = select(second, first & vec2<u32>(63u), (chunk & 7u) < 4u);
  return unpack2x16float(header) * vec2<f32>(chosen);
}

fn add_chunk(
  total: Rows, sum: Sum, rows: vec2<f32>, places: Places, chunk: u32, offsets: Offsets,
) -> Rows {
  let header = texel(rows + places.header);
  let low = texel(rows + places.low);
  let mid = texel(rows + places.mid);
  let high = texel(rows + places.high);
  let a = factors_of(chunk, header.x, low.x, mid.x, high.x);
  let b = factors_of(chunk, header.y, low.y, mid.y, high.y);
  let c = factors_of(chunk, header.z, low.z, mid.z, high.z);
  let d = factors_of(chunk, header.w, low.w, mid.w, high.w);
  return Rows(
    total.a + a.x * sum.rows.a - a.y * offsets.low,
    total.b + b.x * sum.rows.b - b.y * offsets.low,
    total.c + c.x * sum.rows.c - c.y * offsets.low,
    total.d + d.x * sum.rows.d - d.y * offsets.low,
  );
}
