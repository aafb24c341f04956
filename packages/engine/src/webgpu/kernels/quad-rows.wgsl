// Sixteen weight rows an invocation, over all columns, without workgroup memory or barriers: made for
// adapters that run on a processor (SwiftShader), where an invocation is a lane of a four-wide vector.
// What that code is made of decides here:
//
// - A load from a buffer goes lane by lane, with a bounds check for each. A texel is loaded as one
//   vector of four words, so weights lie in textures (weights/texture-layout); and sampled, because
//   textureLoad is preceded by clamps of its own.
// - A broadcast is twenty instructions, a swap within the quad is one. So each invocation loads its own
//   column of four, gets the three others by swaps, and reads the fields of those columns: which fields
//   they are differs by lane, and is kept in masks (`Lane`, by the readers in weights/quads).
// - Shifts go lane by lane, so fields are masked in place, and inputs are scaled instead.
// - Values beyond sixteen registers spill, those with few uses first: rows are summed one by one.
//
// Input rows are normalised on request: x[c] * gain[c], and the kernel multiplies its sums by
// 1 / sqrt(mean(x^2) + epsilon) at the end, so that x is read once. Prepended: params, shape,
// weight-texture, and quad-row or quad-tokens, which declare Tokens (f32 for one row of x, vec4<f32> for
// four), `inputs_at`, a column of them, and `add_product`; appended: the reader.

override has_norm: bool;
override norm_epsilon: f32;

// [rows, column_count]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [column_count]; bound to anything where has_norm is false.
@group(0) @binding(4) var<storage, read> gain: array<f32>;

// Nearest.
@group(0) @binding(6) var whole_texels: sampler;

var<private> x_start: u32;
var<private> texel_size: vec2<f32>;

// Bits as they are: nearest texels are not computed with, whatever float they would be.
fn texel(at: vec2<u32>) -> vec4<u32> {
  let center = (vec2<f32>(vec2<i32>(at)) + 0.5) * texel_size;
  return bitcast<vec4<u32>>(textureSampleLevel(weights, whole_texels, center, 0.0));
}

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

fn sum_of_quad(share: Tokens) -> Tokens {
  let half = share + quadSwapX(share);
  return half + quadSwapY(half);
}

// From the shares of the squares of a quad.
fn inverse_rms(share: Tokens) -> Tokens {
  if (!has_norm) {
    return Tokens(1.0);
  }
  return inverseSqrt(sum_of_quad(share) / f32(shape.column_count) + norm_epsilon);
}

// Columns 4i + (lane ^ k) of a chunk (`l`), and those 16 further (`h`), for step i.
struct Columns {
  l0: Tokens,
  l1: Tokens,
  l2: Tokens,
  l3: Tokens,
  h0: Tokens,
  h1: Tokens,
  h2: Tokens,
  h3: Tokens,
}

fn columns_of(low: Tokens, high: Tokens) -> Columns {
  return Columns(
    low, quadSwapX(low), quadSwapY(low), quadSwapDiagonal(low),
    high, quadSwapX(high), quadSwapY(high), quadSwapDiagonal(high),
  );
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
  third: Rows,
  fourth: Rows,
  squares: Tokens,
}

fn no_rows() -> Rows {
  return Rows(Tokens(0.0), Tokens(0.0), Tokens(0.0), Tokens(0.0));
}

// Four times four rows: the texels of their words 0. Each pair lies beside each other.
fn multiply(upper: vec2<u32>, lower: vec2<u32>, lane: u32) -> Product {
  let first = upper;
  let second = upper + vec2<u32>(1u, 0u);
  let third = lower;
  let fourth = lower + vec2<u32>(1u, 0u);
  let own = lane_of(lane);
  texel_size = 1.0 / vec2<f32>(textureDimensions(weights));
  var total_first = no_rows();
  var total_second = no_rows();
  var total_third = no_rows();
  var total_fourth = no_rows();
  var squares = Tokens(0.0);
  for (var chunk = 0u; chunk < shape.chunk_count; chunk++) {
    var sum_first = no_sum();
    var sum_second = no_sum();
    var sum_third = no_sum();
    var sum_fourth = no_sum();
    var shares = Halves(Tokens(0.0), Tokens(0.0));
    let places = places_of(chunk);
    for (var i = 0u; i < 4u; i++) {
      let column = chunk * 32u + i * 4u + lane;
      let low = inputs_at(column);
      let high = inputs_at(column + 16u);
      squares += squares_of(low, high);
      let l = gained(low, column);
      let h = gained(high, column + 16u);
      shares = add_offsets(shares, l, h, own);
      let columns = columns_of(scaled_low(l, own), scaled_high(h, own));
      sum_first = add_step(sum_first, first, places, i, columns, own);
      sum_second = add_step(sum_second, second, places, i, columns, own);
      sum_third = add_step(sum_third, third, places, i, columns, own);
      sum_fourth = add_step(sum_fourth, fourth, places, i, columns, own);
    }
    let offsets = Halves(sum_of_quad(shares.low), sum_of_quad(shares.high));
    total_first = add_chunk(total_first, sum_first, first, places, chunk, offsets);
    total_second = add_chunk(total_second, sum_second, second, places, chunk, offsets);
    total_third = add_chunk(total_third, sum_third, third, places, chunk, offsets);
    total_fourth = add_chunk(total_fourth, sum_fourth, fourth, places, chunk, offsets);
  }
  return Product(total_first, total_second, total_third, total_fourth, squares);
}
