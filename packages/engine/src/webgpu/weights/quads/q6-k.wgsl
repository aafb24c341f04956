// Four rows of Q6_K (layout: weights/q6-k.wgsl) for kernels/quad-rows. Low nibbles and upper pairs of
// bits are multiplied where they lie in their words, each by a power of two times x, which is exact.

struct Sum {
  low: Rows,
  high: Rows,
}

fn no_sum() -> Sum {
  return Sum(no_rows(), no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 6u + shape.chunk_count / 8u * 5u;
}

fn scaled_columns(x: Columns) -> Columns {
  return Columns(
    x.l0, x.l1 * 0x1p-8, x.l2 * 0x1p-16, x.l3 * 0x1p-24,
    x.h0, x.h1 * 0x1p-8, x.h2 * 0x1p-16, x.h3 * 0x1p-24, x.squares,
  );
}

fn add_offsets(sum: Halves, x: Columns) -> Halves {
  return Halves(
    sum.low + ((x.l0 + x.l1) + (x.l2 + x.l3)),
    sum.high + ((x.h0 + x.h1) + (x.h2 + x.h3)),
  );
}

// `upper` counts 16 in the lowest byte at pair 0; pair i of a byte lies 4^i higher.
fn add_low(sum: Tokens, word: u32, upper: u32, pair: u32, scale: f32, x: Columns) -> Tokens {
  var s = f32(upper & pair) * x.l0;
  s += f32(upper & (pair << 8u)) * x.l1;
  s += f32(upper & (pair << 16u)) * x.l2;
  s += f32(upper & (pair << 24u)) * x.l3;
  s *= scale;
  s += f32(word & 0xFu) * x.l0;
  s += f32(word & 0xF00u) * x.l1;
  s += f32(word & 0xF0000u) * x.l2;
  s += f32(word & 0xF000000u) * x.l3;
  return sum + s;
}

fn add_high(sum: Tokens, word: u32, upper: u32, pair: u32, scale: f32, x: Columns) -> Tokens {
  var s = f32(upper & pair) * x.h0;
  s += f32(upper & (pair << 8u)) * x.h1;
  s += f32(upper & (pair << 16u)) * x.h2;
  s += f32(upper & (pair << 24u)) * x.h3;
  s *= scale * 16.0;
  s += f32(word & 0xF0u) * x.h0;
  s += f32(word & 0xF000u) * x.h1;
  s += f32(word & 0xF00000u) * x.h2;
  s += f32(word & 0xF0000000u) * x.h3;
  return sum + s * 0.0625;
}

fn add_step(sum: Sum, at: u32, chunk: u32, i: u32, x: Columns) -> Sum {
  let w = weights[at + (chunk * 4u + i) * VECTORS];
  let upper = at + (shape.chunk_count * 4u + chunk * 2u) * VECTORS;
  let l = weights[upper];
  let h = weights[upper + VECTORS];
  let pair = 3u << (2u * i);
  let scale = 16.0 / f32(1u << (2u * i));
  return Sum(
    Rows(
      add_low(sum.low.a, w.x, l.x, pair, scale, x),
      add_low(sum.low.b, w.y, l.y, pair, scale, x),
      add_low(sum.low.c, w.z, l.z, pair, scale, x),
      add_low(sum.low.d, w.w, l.w, pair, scale, x),
    ),
    Rows(
      add_high(sum.high.a, w.x, h.x, pair, scale, x),
      add_high(sum.high.b, w.y, h.y, pair, scale, x),
      add_high(sum.high.c, w.z, h.z, pair, scale, x),
      add_high(sum.high.d, w.w, h.w, pair, scale, x),
    ),
  );
}

fn scales_of(chunk: u32, word: u32, d: u32) -> vec2<f32> {
  let pair = word >> ((chunk & 1u) * 16u);
  let scales = bitcast<vec2<i32>>(vec2<u32>(pair) << vec2<u32>(24u, 16u)) >> vec2<u32>(24u);
  return unpack2x16float(d).x * vec2<f32>(scales);
}

fn add_chunk(total: Rows, sum: Sum, at: u32, chunk: u32, offsets: Halves) -> Rows {
  let footer = at + (shape.chunk_count * 6u + chunk / 8u * 5u) * VECTORS;
  let words = weights[footer + (chunk & 7u) / 2u * VECTORS];
  let d = weights[footer + 4u * VECTORS];
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
