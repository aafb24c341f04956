// Four rows of F32 (layout: weights/f32.wgsl) for kernels/quad-rows.

struct Sum {
  rows: Rows,
}

struct Lane {
  lane: u32,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 32u;
}

// What a chunk is read from, from word 0 of the rows.
struct Places {
  quants: vec2<u32>,
}

fn places_of(chunk: u32) -> Places {
  return Places(place_of(chunk * 32u));
}

fn lane_of(lane: u32) -> Lane {
  return Lane(lane);
}

fn scaled_low(x: Tokens, own: Lane) -> Tokens {
  return x;
}

fn scaled_high(x: Tokens, own: Lane) -> Tokens {
  return x;
}

fn add_offsets(sum: Halves, low: Tokens, high: Tokens, own: Lane) -> Halves {
  return sum;
}

// `word` differs by lane: each reads the word of the column that it multiplies.
fn add_column(r: Rows, quants: vec2<u32>, word: u32, x: Tokens) -> Rows {
  let w = bitcast<vec4<f32>>(texel(quants + vec2<u32>(word * VECTORS, 0u)));
  return Rows(
    add_product(r.a, x, w.x), add_product(r.b, x, w.y), add_product(r.c, x, w.z), add_product(r.d, x, w.w),
  );
}

fn add_step(
  sum: Sum, rows: vec2<u32>, places: Places, i: u32, x: Columns, own: Lane,
) -> Sum {
  let quants = rows + places.quants;
  let word = i * 4u + own.lane;
  var r = add_column(sum.rows, quants, word, x.l0);
  r = add_column(r, quants, word ^ 1u, x.l1);
  r = add_column(r, quants, word ^ 2u, x.l2);
  r = add_column(r, quants, word ^ 3u, x.l3);
  r = add_column(r, quants, 16u + word, x.h0);
  r = add_column(r, quants, 16u + (word ^ 1u), x.h1);
  r = add_column(r, quants, 16u + (word ^ 2u), x.h2);
  r = add_column(r, quants, 16u + (word ^ 3u), x.h3);
  return Sum(r);
}

fn add_chunk(
  total: Rows, sum: Sum, rows: vec2<u32>, places: Places, chunk: u32, offsets: Halves,
) -> Rows {
  let r = sum.rows;
  return Rows(total.a + r.a, total.b + r.b, total.c + r.c, total.d + r.d);
}
