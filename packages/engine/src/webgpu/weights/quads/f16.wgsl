// Four rows of F16 (layout: weights/f16.wgsl) for kernels/quad-rows. A word holds a pair of columns, an
// even one and an odd one: of one row of inputs (kernels/quad-row), invocations of a pair hand each other
// those columns before they multiply.

struct Sum {
  rows: Rows,
}

struct Lane {
  pair: u32,
  is_odd: bool,
}

fn no_sum() -> Sum {
  return Sum(no_rows());
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 16u;
}

// What a chunk is read from, from word 0 of the rows.
struct Places {
  quants: vec2<f32>,
}

fn places_of(chunk: u32) -> Places {
  return Places(spot_of(chunk * 16u));
}

fn lane_of(column: u32) -> Lane {
  return Lane(column / 2u, (column & 1u) == 1u);
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

fn add_pair(sum: Tokens, word: u32, even: f32, odd: f32) -> Tokens {
  let pair = unpack2x16float(word);
  return add_product(add_product(sum, even, pair.x), odd, pair.y);
}

// x0 is the column of the pair that comes first here, x1 the other one.
fn add_pairs(r: Rows, quants: vec2<f32>, word: u32, x0: f32, x1: f32, own: Lane) -> Rows {
  let even = select(x0, x1, own.is_odd);
  let odd = select(x1, x0, own.is_odd);
  let w = texel(quants + words_on(word));
  return Rows(
    add_pair(r.a, w.x, even, odd),
    add_pair(r.b, w.y, even, odd),
    add_pair(r.c, w.z, even, odd),
    add_pair(r.d, w.w, even, odd),
  );
}

fn add_step(
  sum: Sum, rows: vec2<f32>, places: Places, i: u32, x: Columns, own: Lane,
) -> Sum {
  let quants = rows + places.quants;
  let word = i * 2u + own.pair;
  var r = add_pairs(sum.rows, quants, word, column_0(x.low), column_1(x.low), own);
  r = add_pairs(r, quants, word ^ 1u, column_2(x.low), column_3(x.low), own);
  r = add_pairs(r, quants, 8u + word, column_0(x.high), column_1(x.high), own);
  r = add_pairs(r, quants, 8u + (word ^ 1u), column_2(x.high), column_3(x.high), own);
  return Sum(r);
}

fn add_chunk(
  total: Rows, sum: Sum, rows: vec2<f32>, places: Places, chunk: u32, offsets: Offsets,
) -> Rows {
  let r = sum.rows;
  return Rows(total.a + r.a, total.b + r.b, total.c + r.c, total.d + r.d);
}
