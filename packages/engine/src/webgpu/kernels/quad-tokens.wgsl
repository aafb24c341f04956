// Four input rows for kernels/quad-rows, on request normalised as quad-row has it.

alias Tokens = vec4<f32>;
const LANES = 32u;
const VECTORS = 8u;

override has_norm: bool;
override norm_epsilon: f32;

@group(0) @binding(2) var<storage, read> weights: array<vec4<u32>>;
// [rows, column_count]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [column_count]; bound to anything where has_norm is false.
@group(0) @binding(4) var<storage, read> gain: array<f32>;

var<private> x_start: u32;

// Tokens behind the last one read what lies there; their sums are dropped.
fn inputs_at(column: u32) -> vec4<f32> {
  let at = x_start + column;
  let stride = shape.column_count;
  let values = vec4<f32>(x[at], x[at + stride], x[at + 2u * stride], x[at + 3u * stride]);
  return select(vec4<f32>(0.0), values, column < shape.column_count);
}

fn gained(values: vec4<f32>, column: u32) -> vec4<f32> {
  if (has_norm) {
    return values * gain[column];
  }
  return values;
}

fn squares_of(low: vec4<f32>, high: vec4<f32>) -> vec4<f32> {
  if (has_norm) {
    return low * low + high * high;
  }
  return vec4<f32>(0.0);
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
fn inverse_rms(share: vec4<f32>) -> vec4<f32> {
  if (!has_norm) {
    return vec4<f32>(1.0);
  }
  let half = share + quadSwapX(share);
  let total = half + quadSwapY(half);
  return inverseSqrt(total / f32(shape.column_count) + norm_epsilon);
}
