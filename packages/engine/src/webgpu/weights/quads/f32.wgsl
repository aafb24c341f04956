// Four rows of F32 (layout: weights/f32.wgsl) for kernels/quad-rows.

struct Sum {
  rows: Rows,
}

struct Lane {
  column: u32,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 32u;
}

// What a chunk is read from, from word 0 of the rows.
struct Places {
  quants: vec2<f32>,
}

fn places_of(chunk: u32) -> Places {
  return Places(spot_of(chunk * 32u));
}

fn lane_of(column: u32) -> Lane {
  return Lane(column);
}

fn scaled_low(x: Inputs, own: Lane) -> Inputs {
  return x;
}

fn scaled_high(x: Inputs, own: Lane) -> Inputs {
  return x;
}

fn add_offsets(sum: Halves, low: Inputs, high: Inputs, own: Lane) -> Halves {
  return sum;
}

// With one row of inputs (kernels/quad-row) `word` differs by lane: each has another column first.
fn add_column(r: Rows, quants: vec2<f32>, word: u32, x: f32) -> Rows {
  let w = bitcast<vec4<f32>>(texel(quants + words_on(word)));
  return Rows(
    add_product(r.a, x, w.x),
    add_product(r.b, x, w.y),
    add_product(r.c, x, w.z),
    add_product(r.d, x, w.w),
  );
}

fn add_step(
  sum: Sum, rows: vec2<f32>, places: Places, i: u32, x: Columns, own: Lane,
) -> Sum {
  let quants = rows + places.quants;
  let word = i * 4u + own.column;
  var r = add_column(sum.rows, quants, word, column_0(x.low));
  r = add_column(r, quants, word ^ 1u, column_1(x.low));
  r = add_column(r, quants, word ^ 2u, column_2(x.low));
  r = add_column(r, quants, word ^ 3u, column_3(x.low));
  r = add_column(r, quants, 16u + word, column_0(x.high));
  r = add_column(r, quants, 16u + (word ^ 1u), column_1(x.high));
  r = add_column(r, quants, 16u + (word ^ 2u), column_2(x.high));
  r = add_column(r, quants, 16u + (word ^ 3u), column_3(x.high));
  return Sum(r);
}

fn add_chunk(
  total: Rows, sum: Sum, rows: vec2<f32>, places: Places, chunk: u32, offsets: Offsets,
) -> Rows {
  let r = sum.rows;
  return Rows(total.a + r.a, total.b + r.b, total.c + r.c, total.d + r.d);
}
