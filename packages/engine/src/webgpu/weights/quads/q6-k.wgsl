// Four rows of Q6_K (layout: weights/q6-k.wgsl) for kernels/quad-rows. Low nibbles and upper pairs of
// bits are multiplied where they lie in their words, each by a power of two times x, which is exact;
// nibbles of the upper half are moved down by four bits first: the topmost would be taken for a sign.

struct Sum {
  low: Rows,
  high: Rows,
}

// Of columns column ^ k: their nibbles; the lowest pair of bits of their bytes; and 256^-column.
struct Lane {
  nibbles: vec4<u32>,
  pairs: vec4<u32>,
  shrink: Inputs,
}

fn no_sum() -> Sum {
  return Sum(no_rows(), no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 6u + shape.chunk_count / 8u * 5u;
}

// What a chunk is read from, from word 0 of the rows.
struct Places {
  quants: vec2<f32>,
  low_pairs: vec2<f32>,
  high_pairs: vec2<f32>,
  scales: vec2<f32>,
  d: vec2<f32>,
}

fn places_of(chunk: u32) -> Places {
  let pairs = shape.chunk_count * 4u + chunk * 2u;
  let footer = shape.chunk_count * 6u + chunk / 8u * 5u;
  return Places(
    spot_of(chunk * 4u),
    spot_of(pairs), spot_of(pairs + 1u),
    spot_of(footer + (chunk & 7u) / 2u), spot_of(footer + 4u),
  );
}

fn lane_of(column: u32) -> Lane {
  let shift = (vec4<u32>(column) ^ vec4<u32>(0u, 1u, 2u, 3u)) * 8u;
  let shrink = by_column(vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24), column);
  return Lane(vec4<u32>(0xFu) << shift, vec4<u32>(3u) << shift, shrink);
}

fn scaled_low(x: Inputs, own: Lane) -> Inputs {
  return x * own.shrink;
}

fn scaled_high(x: Inputs, own: Lane) -> Inputs {
  return x * own.shrink;
}

fn add_offsets(sum: Halves, low: Inputs, high: Inputs, own: Lane) -> Halves {
  return Halves(sum.low + total_of(low), sum.high + total_of(high));
}

fn field(word: u32, mask: u32) -> f32 {
  return f32(bitcast<i32>(word & mask));
}

// Four columns: their nibbles, and their pairs of bits, which `pairs` masks and `scale` brings to
// sixteens.
fn add_half(
  sum: Tokens, word: u32, upper: u32, pairs: vec4<u32>, scale: f32,
  x: Inputs, own: Lane,
) -> Tokens {
  var s = add_product(Tokens(0.0), column_0(x), f32(upper & pairs.x));
  s = add_product(s, column_1(x), f32(upper & pairs.y));
  s = add_product(s, column_2(x), f32(upper & pairs.z));
  s = add_product(s, column_3(x), f32(upper & pairs.w));
  s *= scale;
  s = add_product(s, column_0(x), field(word, own.nibbles.x));
  s = add_product(s, column_1(x), field(word, own.nibbles.y));
  s = add_product(s, column_2(x), field(word, own.nibbles.z));
  s = add_product(s, column_3(x), field(word, own.nibbles.w));
  return sum + s;
}

fn add_low(
  sum: Tokens, word: u32, upper: u32, pairs: vec4<u32>, scale: f32, x: Columns, own: Lane,
) -> Tokens {
  return add_half(sum, word, upper, pairs, scale, x.low, own);
}

fn add_high(
  sum: Tokens, word: u32, upper: u32, pairs: vec4<u32>, scale: f32, x: Columns, own: Lane,
) -> Tokens {
  return add_half(sum, word >> 4u, upper, pairs, scale, x.high, own);
}

fn add_step(
  sum: Sum, rows: vec2<f32>, places: Places, i: u32, x: Columns, own: Lane,
) -> Sum {
  let w = texel(rows + places.quants + words_on(i));
  let l = texel(rows + places.low_pairs);
  let h = texel(rows + places.high_pairs);
  // Pair i of a byte lies 4^i higher.
  let unit = 1u << (2u * i);
  let pairs = own.pairs * unit;
  let scale = 16.0 / f32(unit);
  return Sum(
    Rows(
      add_low(sum.low.a, w.x, l.x, pairs, scale, x, own),
      add_low(sum.low.b, w.y, l.y, pairs, scale, x, own),
      add_low(sum.low.c, w.z, l.z, pairs, scale, x, own),
      add_low(sum.low.d, w.w, l.w, pairs, scale, x, own),
    ),
    Rows(
      add_high(sum.high.a, w.x, h.x, pairs, scale, x, own),
      add_high(sum.high.b, w.y, h.y, pairs, scale, x, own),
      add_high(sum.high.c, w.z, h.z, pairs, scale, x, own),
      add_high(sum.high.d, w.w, h.w, pairs, scale, x, own),
    ),
  );
}

fn scales_of(chunk: u32, word: u32, d: u32) -> vec2<f32> {
  let pair = word >> ((chunk & 1u) * 16u);
  let scales = bitcast<vec2<i32>>(vec2<u32>(pair) << vec2<u32>(24u, 16u)) >> vec2<u32>(24u);
  return unpack2x16float(d).x * vec2<f32>(scales);
}

fn add_chunk(
  total: Rows, sum: Sum, rows: vec2<f32>, places: Places, chunk: u32, offsets: Offsets,
) -> Rows {
  let words = texel(rows + places.scales);
  let d = texel(rows + places.d);
  let s_a = scales_of(chunk, words.x, d.x);
  let s_b = scales_of(chunk, words.y, d.y);
  let s_c = scales_of(chunk, words.z, d.z);
  let s_d = scales_of(chunk, words.w, d.w);
  let low = 32.0 * offsets.low;
  let high = 32.0 * offsets.high;
  return Rows(
    total.a + s_a.x * (sum.low.a - low) + s_a.y * (sum.high.a - high),
    total.b + s_b.x * (sum.low.b - low) + s_b.y * (sum.high.b - high),
    total.c + s_c.x * (sum.low.c - low) + s_c.y * (sum.high.c - high),
    total.d + s_d.x * (sum.low.d - low) + s_d.y * (sum.high.d - high),
  );
}
