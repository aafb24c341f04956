// Up to 8 input rows of a product in workgroup memory, a tile of columns at a time, on request
// normalised: x[c] * gain[c], and the kernel multiplies its sums by 1 / sqrt(mean(x^2) + epsilon) at
// the end, so that x is read once.

override slice_count: u32;
// Chunks of x that are staged at a time: see staged-row.
override tile_chunks: u32;
override has_norm: bool;
override norm_epsilon: f32;

// [rows, column_count]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [column_count]; bound to anything where has_norm is false.
@group(0) @binding(4) var<storage, read> gain: array<f32>;

const TOKENS = 8u;

// Of tokens 0 to 3 and of tokens 4 to 7.
struct Sums {
  low: vec4<f32>,
  high: vec4<f32>,
}

// Columns of the tile.
var<workgroup> x_low: array<vec4<f32>, tile_chunks * 32u>;
var<workgroup> x_high: array<vec4<f32>, tile_chunks * 32u>;
var<workgroup> partials: array<vec4<f32>, 32u * slice_count>;

// Of what this invocation staged.
var<private> squares: Sums;

fn input_at(token: u32, column: u32) -> f32 {
  if (token >= params.token_count || column >= shape.column_count) {
    return 0.0;
  }
  return x[(params.first_row + token) * shape.column_count + column];
}

fn stage_tile(first_token: u32, first_column: u32, invocation: u32) {
  let columns = min(tile_chunks * 32u, shape.chunk_count * 32u - first_column);
  for (var i = invocation; i < columns; i += LANES * slice_count) {
    var values = array<vec4<f32>, 2>();
    for (var t = 0u; t < TOKENS; t++) {
      values[t / 4u][t % 4u] = input_at(first_token + t, first_column + i);
    }
    var factor = 1.0;
    if (has_norm) {
      squares.low += values[0] * values[0];
      squares.high += values[1] * values[1];
      factor = gain[min(first_column + i, shape.column_count - 1u)];
    }
    x_low[i] = values[0] * factor;
    x_high[i] = values[1] * factor;
  }
}

// What one weight row adds over the chunks of the tile that this slice owns.
fn add_tile(sums: Sums, base: u32, first: u32, slice: u32) -> Sums {
  var low = sums.low;
  var high = sums.high;
  let end = min(first + tile_chunks, shape.chunk_count);
  for (var chunk = first + slice; chunk < end; chunk += slice_count) {
    let scales = chunk_scales(base, chunk);
    for (var i = 0u; i < 4u; i++) {
      let w = chunk_pair(base, chunk, i);
      let at = (chunk - first) * 32u + i * 4u;
      let a = scales.x * w.low - scales.z;
      let b = scales.y * w.high - scales.z;
      for (var c = 0u; c < 4u; c++) {
        low += a[c] * x_low[at + c] + b[c] * x_low[at + 16u + c];
        high += a[c] * x_high[at + c] + b[c] * x_high[at + 16u + c];
      }
    }
  }
  return Sums(low, high);
}

// Only invocations below LANES get the sum.
fn add_slices(value: vec4<f32>, invocation: u32) -> vec4<f32> {
  if (slice_count == 1u) {
    return value;
  }
  partials[invocation] = value;
  workgroupBarrier();
  var total = vec4<f32>(0.0);
  if (invocation < LANES) {
    for (var i = 0u; i < slice_count; i++) {
      total += partials[invocation + i * LANES];
    }
  }
  workgroupBarrier();
  return total;
}

// Of four tokens, from every invocation's share of the squares.
fn inverse_rms(share: vec4<f32>, invocation: u32) -> vec4<f32> {
  if (!has_norm) {
    return vec4<f32>(1.0);
  }
  let sum = add_slices(share, invocation);
  if (invocation < LANES) {
    partials[invocation] = sum;
  }
  workgroupBarrier();
  var total = vec4<f32>(0.0);
  for (var i = 0u; i < LANES; i++) {
    total += partials[i];
  }
  workgroupBarrier();
  return inverseSqrt(total / f32(shape.column_count) + norm_epsilon);
}

fn scaled_sums(sums: Sums, scale: Sums, invocation: u32) -> Sums {
  let low = add_slices(sums.low, invocation);
  let high = add_slices(sums.high, invocation);
  return Sums(low * scale.low, high * scale.high);
}

fn inverse_rms_of_rows(invocation: u32) -> Sums {
  return Sums(inverse_rms(squares.low, invocation), inverse_rms(squares.high, invocation));
}
