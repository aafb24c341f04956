// Four rows of Q8_0 (layout: weights/q8-0.wgsl) for kernels/quad-rows. Byte k of a word counts 256^k
// where it lies, so column k is multiplied by x * 256^-k, which is exact. Three bytes are quant + 128,
// which is subtracted later; the topmost is the quant itself, and keeps its sign.

struct Sum {
  rows: Rows,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 8u + (shape.chunk_count + 1u) / 2u;
}

fn scaled_columns(x: Columns) -> Columns {
  return Columns(
    x.l0, x.l1 * 0x1p-8, x.l2 * 0x1p-16, x.l3 * 0x1p-24,
    x.h0, x.h1 * 0x1p-8, x.h2 * 0x1p-16, x.h3 * 0x1p-24, x.squares,
  );
}

fn add_offsets(sum: Halves, x: Columns) -> Halves {
  return Halves(sum.low + (x.l0 + x.l1 + x.l2) + (x.h0 + x.h1 + x.h2), sum.high);
}

fn field(word: u32, mask: u32) -> f32 {
  return f32(bitcast<i32>(word & mask));
}

fn add_low(sum: Tokens, word: u32, x: Columns) -> Tokens {
  var s = sum + field(word, 0xFFu) * x.l0;
  s += field(word, 0xFF00u) * x.l1;
  s += field(word, 0xFF0000u) * x.l2;
  s += field(word, 0xFF000000u) * x.l3;
  return s;
}

fn add_high(sum: Tokens, word: u32, x: Columns) -> Tokens {
  var s = sum + field(word, 0xFFu) * x.h0;
  s += field(word, 0xFF00u) * x.h1;
  s += field(word, 0xFF0000u) * x.h2;
  s += field(word, 0xFF000000u) * x.h3;
  return s;
}

fn add_step(sum: Sum, at: u32, chunk: u32, i: u32, x: Columns) -> Sum {
  let word = at + (chunk * 8u + i) * VECTORS;
  let low = weights[word];
  let r = sum.rows;
  let half = Rows(
    add_low(r.a, low.x, x), add_low(r.b, low.y, x), add_low(r.c, low.z, x), add_low(r.d, low.w, x),
  );
  let high = weights[word + 4u * VECTORS];
  return Sum(Rows(
    add_high(half.a, high.x, x),
    add_high(half.b, high.y, x),
    add_high(half.c, high.z, x),
    add_high(half.d, high.w, x),
  ));
}

fn add_chunk(total: Rows, sum: Sum, at: u32, chunk: u32, offsets: Halves) -> Rows {
  let w = weights[at + (shape.chunk_count * 8u + chunk / 2u) * VECTORS];
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
