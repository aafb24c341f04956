// Four rows of F16 (layout: weights/f16.wgsl) for kernels/quad-rows.

struct Sum {
  rows: Rows,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 16u;
}

fn scaled_columns(x: Columns) -> Columns {
  return x;
}

fn add_offsets(sum: Halves, x: Columns) -> Halves {
  return sum;
}

fn add_pair(sum: Tokens, word: u32, x0: Tokens, x1: Tokens) -> Tokens {
  let pair = unpack2x16float(word);
  return sum + pair.x * x0 + pair.y * x1;
}

fn add_pairs(r: Rows, at: u32, x0: Tokens, x1: Tokens) -> Rows {
  let w = weights[at];
  return Rows(
    add_pair(r.a, w.x, x0, x1),
    add_pair(r.b, w.y, x0, x1),
    add_pair(r.c, w.z, x0, x1),
    add_pair(r.d, w.w, x0, x1),
  );
}

fn add_step(sum: Sum, at: u32, chunk: u32, i: u32, x: Columns) -> Sum {
  let word = at + (chunk * 16u + i * 2u) * VECTORS;
  var r = add_pairs(sum.rows, word, x.l0, x.l1);
  r = add_pairs(r, word + VECTORS, x.l2, x.l3);
  r = add_pairs(r, word + 8u * VECTORS, x.h0, x.h1);
  r = add_pairs(r, word + 9u * VECTORS, x.h2, x.h3);
  return Sum(r);
}

fn add_chunk(total: Rows, sum: Sum, at: u32, chunk: u32, offsets: Halves) -> Rows {
  let r = sum.rows;
  return Rows(total.a + r.a, total.b + r.b, total.c + r.c, total.d + r.d);
}
