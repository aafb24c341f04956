// Eight weight rows an invocation, over all columns, without workgroup memory or barriers: made for
// adapters that run on a processor (SwiftShader), where an invocation is a lane of a four-wide
// vector. There every load at an index that is not constant is done lane by lane with a bounds check,
// shifts are too, and values beyond sixteen registers spill. So each quad of invocations loads four
// neighbouring columns at once and hands them round, each weight word is loaded once for all its
// uses, fields are masked in place (the readers in weights/quads say how), and rows are summed one
// after another.
//
// Input rows are normalised on request: x[c] * gain[c], and the kernel multiplies its sums by
// 1 / sqrt(mean(x^2) + epsilon) at the end, so that x is read once. Prepended: params, shape, the reader,
// and quad-row or quad-tokens, which declare Tokens (f32 for one row of x, vec4<f32> for four) and
// `inputs_at`, a column of them.

const LANES = 32u;
// A group of rows has its words in vectors of four neighbouring rows.
const VECTORS = 8u;

override has_norm: bool;
override norm_epsilon: f32;

@group(0) @binding(2) var<storage, read> weights: array<vec4<u32>>;
// [rows, column_count]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [column_count]; bound to anything where has_norm is false.
@group(0) @binding(4) var<storage, read> gain: array<f32>;

var<private> x_start: u32;

fn gained(values: Tokens, column: u32) -> Tokens {
  if (has_norm) {
    return values * gain[column];
  }
  return values;
}

fn squares_of(low: Tokens, high: Tokens) -> Tokens {
  if (has_norm) {
    return low * low + high * high;
  }
  return Tokens(0.0);
}

fn columns_at(column: u32) -> Columns {
  let low = inputs_at(column);
  let high = inputs_at(column + 16u);
  let l = gained(low, column);
  let h = gained(high, column + 16u);
  return Columns(
    quadBroadcast(l, 0u), quadBroadcast(l, 1u), quadBroadcast(l, 2u), quadBroadcast(l, 3u),
    quadBroadcast(h, 0u), quadBroadcast(h, 1u), quadBroadcast(h, 2u), quadBroadcast(h, 3u),
    squares_of(low, high),
  );
}

// From the shares of the squares of a quad.
fn inverse_rms(share: Tokens) -> Tokens {
  if (!has_norm) {
    return Tokens(1.0);
  }
  let half = share + quadSwapX(share);
  let total = half + quadSwapY(half);
  return inverseSqrt(total / f32(shape.column_count) + norm_epsilon);
}

// Columns 4i to 4i + 3 and 16 + 4i to 16 + 4i + 3 of a chunk, for step i.
struct Columns {
  l0: Tokens,
  l1: Tokens,
  l2: Tokens,
  l3: Tokens,
  h0: Tokens,
  h1: Tokens,
  h2: Tokens,
  h3: Tokens,
  // This invocation's share of the squares of x, where the kernel normalises.
  squares: Tokens,
}

// Sums of four neighbouring weight rows.
struct Rows {
  a: Tokens,
  b: Tokens,
  c: Tokens,
  d: Tokens,
}

// Sums of columns, of each half of a chunk: what offsets and minima are multiplied by.
struct Halves {
  low: Tokens,
  high: Tokens,
}

struct Product {
  first: Rows,
  second: Rows,
  squares: Tokens,
}

fn no_rows() -> Rows {
  return Rows(Tokens(0.0), Tokens(0.0), Tokens(0.0), Tokens(0.0));
}

// The rows whose words 0 are vectors `first` and `second` of the weights.
fn multiply(first: u32, second: u32, lane: u32) -> Product {
  var total_first = no_rows();
  var total_second = no_rows();
  var squares = Tokens(0.0);
  for (var chunk = 0u; chunk < shape.chunk_count; chunk++) {
    var sum_first = no_sum();
    var sum_second = no_sum();
    var offsets = Halves(Tokens(0.0), Tokens(0.0));
    for (var i = 0u; i < 4u; i++) {
      let columns = columns_at(chunk * 32u + i * 4u + lane);
      squares += columns.squares;
      offsets = add_offsets(offsets, columns);
      let x = scaled_columns(columns);
      sum_first = add_step(sum_first, first, chunk, i, x);
      sum_second = add_step(sum_second, second, chunk, i, x);
    }
    total_first = add_chunk(total_first, sum_first, first, chunk, offsets);
    total_second = add_chunk(total_second, sum_second, second, chunk, offsets);
  }
  return Product(total_first, total_second, squares);
}
