// Four rows of Q4_0 (layout: weights/q4-0.wgsl) for kernels/quad-rows. Field k of a word, four bits,
// counts 16^k where it lies, so column k is multiplied by x * 16^-k, which is exact. Seven fields are
// nibbles, of which 8 is subtracted later; the topmost is stored as nibble - 8, and keeps its sign.

struct Sum {
  rows: Rows,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 4u + (shape.chunk_count + 1u) / 2u;
}

fn scaled_columns(x: Columns) -> Columns {
  return Columns(
    x.l0, x.l1 * 0x1p-8, x.l2 * 0x1p-16, x.l3 * 0x1p-24,
    x.h0 * 0x1p-4, x.h1 * 0x1p-12, x.h2 * 0x1p-20, x.h3 * 0x1p-28, x.squares,
  );
}

fn add_offsets(sum: Halves, x: Columns) -> Halves {
  return Halves(sum.low + ((x.l0 + x.l1) + (x.l2 + x.l3)) + ((x.h0 + x.h1) + x.h2), sum.high);
}

fn field(word: u32, mask: u32) -> f32 {
  return f32(bitcast<i32>(word & mask));
}

fn add_row(sum: Tokens, word: u32, x: Columns) -> Tokens {
  var s = sum + field(word, 0xFu) * x.l0;
  s += field(word, 0xF0u) * x.h0;
  s += field(word, 0xF00u) * x.l1;
  s += field(word, 0xF000u) * x.h1;
  s += field(word, 0xF0000u) * x.l2;
  s += field(word, 0xF00000u) * x.h2;
  s += field(word, 0xF000000u) * x.l3;
  s += field(word, 0xF0000000u) * x.h3;
  return s;
}

fn add_step(sum: Sum, at: u32, chunk: u32, i: u32, x: Columns) -> Sum {
  let w = weights[at + (chunk * 4u + i) * VECTORS];
  let r = sum.rows;
  return Sum(Rows(
    add_row(r.a, w.x, x), add_row(r.b, w.y, x), add_row(r.c, w.z, x), add_row(r.d, w.w, x),
  ));
}

fn add_chunk(total: Rows, sum: Sum, at: u32, chunk: u32, offsets: Halves) -> Rows {
  let w = weights[at + (shape.chunk_count * 4u + chunk / 2u) * VECTORS];
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
