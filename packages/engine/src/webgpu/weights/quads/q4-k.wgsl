// Four rows of Q4_K (layout: weights/q4-k.wgsl) for kernels/quad-rows. Field k of a word, four bits,
// counts 16^k where it lies, so column k is multiplied by x * 16^-k, which is exact.

struct Sum {
  rows: Rows,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 4u + shape.chunk_count / 8u * 4u;
}

fn scaled_columns(x: Columns) -> Columns {
  return Columns(
    x.l0, x.l1 * 0x1p-8, x.l2 * 0x1p-16, x.l3 * 0x1p-24,
    x.h0 * 0x1p-4, x.h1 * 0x1p-12, x.h2 * 0x1p-20, x.h3 * 0x1p-28, x.squares,
  );
}

fn add_offsets(sum: Halves, x: Columns) -> Halves {
  let high = (x.h0 + x.h1) + (x.h2 + x.h3);
  return Halves(sum.low + ((x.l0 + x.l1) + (x.l2 + x.l3)) + high, sum.high);
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
  s += f32(word & 0xF0000000u) * x.h3;
  return s;
}

fn add_step(sum: Sum, at: u32, chunk: u32, i: u32, x: Columns) -> Sum {
  let w = weights[at + (chunk * 4u + i) * VECTORS];
  let r = sum.rows;
  return Sum(Rows(
    add_row(r.a, w.x, x), add_row(r.b, w.y, x), add_row(r.c, w.z, x), add_row(r.d, w.w, x),
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

fn add_chunk(total: Rows, sum: Sum, at: u32, chunk: u32, offsets: Halves) -> Rows {
  let first = at + (shape.chunk_count * 4u + chunk / 8u * 4u) * VECTORS;
  let header = weights[first];
  let low = weights[first + VECTORS];
  let mid = weights[first + 2u * VECTORS];
  let high = weights[first + 3u * VECTORS];
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
