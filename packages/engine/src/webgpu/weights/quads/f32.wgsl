// Four rows of F32 (layout: weights/f32.wgsl) for kernels/quad-rows.

struct Sum {
  rows: Rows,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 32u;
}

fn scaled_columns(x: Columns) -> Columns {
  return x;
}

fn add_offsets(sum: Halves, x: Columns) -> Halves {
  return sum;
}

fn add_column(r: Rows, at: u32, x: Tokens) -> Rows {
  let w = bitcast<vec4<f32>>(weights[at]);
  return Rows(r.a + w.x * x, r.b + w.y * x, r.c + w.z * x, r.d + w.w * x);
}

fn add_step(sum: Sum, at: u32, chunk: u32, i: u32, x: Columns) -> Sum {
  let word = at + (chunk * 32u + i * 4u) * VECTORS;
  var r = add_column(sum.rows, word, x.l0);
  r = add_column(r, word + VECTORS, x.l1);
  r = add_column(r, word + 2u * VECTORS, x.l2);
  r = add_column(r, word + 3u * VECTORS, x.l3);
  r = add_column(r, word + 16u * VECTORS, x.h0);
  r = add_column(r, word + 17u * VECTORS, x.h1);
  r = add_column(r, word + 18u * VECTORS, x.h2);
  r = add_column(r, word + 19u * VECTORS, x.h3);
  return Sum(r);
}

fn add_chunk(total: Rows, sum: Sum, at: u32, chunk: u32, offsets: Halves) -> Rows {
  let r = sum.rows;
  return Rows(total.a + r.a, total.b + r.b, total.c + r.c, total.d + r.d);
}
