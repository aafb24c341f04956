// One input row for kernels/quad-rows, on request normalised: x[c] * gain[c], and the kernel multiplies
// its sums by 1 / sqrt(mean(x^2) + epsilon) at the end, so that x is read once.

alias Tokens = f32;
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

fn input_at(column: u32) -> f32 {
  return select(0.0, x[x_start + column], column < shape.column_count);
}

fn gained(value: f32, column: u32) -> f32 {
  if (has_norm) {
    return value * gain[column];
  }
  return value;
}

fn columns_at(column: u32) -> Columns {
  let low = input_at(column);
  let high = input_at(column + 16u);
  let l = gained(low, column);
  let h = gained(high, column + 16u);
  return Columns(
    quadBroadcast(l, 0u), quadBroadcast(l, 1u), quadBroadcast(l, 2u), quadBroadcast(l, 3u),
    quadBroadcast(h, 0u), quadBroadcast(h, 1u), quadBroadcast(h, 2u), quadBroadcast(h, 3u),
    low * low + high * high,
  );
}

// From the shares of the squares of a quad.
fn inverse_rms(share: f32) -> f32 {
  if (!has_norm) {
    return 1.0;
  }
  let half = share + quadSwapX(share);
  let total = half + quadSwapY(half);
  return inverseSqrt(total / f32(shape.column_count) + norm_epsilon);
}
