// The input row of a mat-vec as staged-row has it, with activations and products of four columns in
// f16: half the workgroup memory and twice the arithmetic where the adapter has it. Activations are
// held as x / 128, clamped to 127, so that four products with a quant of at most 128 stay below f16's
// 65504. Sums of chunks are f32.

// Invocations that share one weight row: each takes every slice_count-th chunk.
override slice_count: u32;
// Chunks of x that are staged at a time. Small on SwiftShader, which clears workgroup memory one float
// at a time, at compile time and at run time.
override tile_chunks: u32;
override has_norm: bool;
override norm_epsilon: f32;

@group(0) @binding(2) var<storage, read> weights: array<u32>;
// [rows, column_count]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [column_count]; bound to anything where has_norm is false.
@group(0) @binding(4) var<storage, read> gain: array<f32>;

var<workgroup> x_tile: array<vec4<f16>, tile_chunks * 8u>;
var<workgroup> partials: array<f32, 32u * slice_count>;

// Each invocation sums a share of the squares, then all of them add the shares in the same order.
fn inverse_rms(row: u32, invocation: u32) -> f32 {
  if (!has_norm) {
    return 1.0;
  }
  var squares = 0.0;
  for (var c = invocation; c < shape.column_count; c += LANES * slice_count) {
    let value = x[row * shape.column_count + c];
    squares += value * value;
  }
  partials[invocation] = squares;
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < LANES * slice_count; i++) {
    total += partials[i];
  }
  workgroupBarrier();
  return inverseSqrt(total / f32(shape.column_count) + norm_epsilon);
}

fn input_at(row: u32, column: u32, scale: f32) -> f32 {
  if (column >= shape.column_count) {
    return 0.0;
  }
  let value = x[row * shape.column_count + column] * scale;
  if (has_norm) {
    return value * gain[column];
  }
  return value;
}

// Fills x_tile with the columns of tile_chunks chunks from first_chunk on, zeros after the last.
fn stage_tile(row: u32, first_chunk: u32, scale: f32, invocation: u32) {
  let vectors = min(tile_chunks, shape.chunk_count - first_chunk) * 8u;
  for (var i = invocation; i < vectors; i += LANES * slice_count) {
    let c = first_chunk * 32u + i * 4u;
    let values = vec4<f32>(
      input_at(row, c, scale),
      input_at(row, c + 1u, scale),
      input_at(row, c + 2u, scale),
      input_at(row, c + 3u, scale),
    );
    x_tile[i] = vec4<f16>(clamp(values / 128.0, vec4<f32>(-127.0), vec4<f32>(127.0)));
  }
}

// The part of a weight row's product that this slice owns, over the staged tile.
fn multiply_tile(base: u32, first_chunk: u32, slice: u32) -> vec4<f32> {
  var sum = vec4<f32>(0.0);
  let end = min(first_chunk + tile_chunks, shape.chunk_count);
  for (var chunk = first_chunk + slice; chunk < end; chunk += slice_count) {
    let at = (chunk - first_chunk) * 8u;
    var low = vec4<f16>(0.0);
    var high = vec4<f16>(0.0);
    var minimum = vec4<f16>(0.0);
    for (var i = 0u; i < 4u; i++) {
      let w = chunk_pair(base, chunk, i);
      let x_low = x_tile[at + i];
      let x_high = x_tile[at + i + 4u];
      low += vec4<f16>(w.low) * x_low;
      high += vec4<f16>(w.high) * x_high;
      if (HAS_MINIMUM) {
        minimum += x_low + x_high;
      }
    }
    let scales = chunk_scales(base, chunk);
    sum += scales.x * vec4<f32>(low) + scales.y * vec4<f32>(high);
    if (HAS_MINIMUM) {
      sum -= scales.z * vec4<f32>(minimum);
    }
  }
  return sum;
}

// Adds the slices of one weight row; only slice 0 gets the sum.
fn add_slices(value: vec4<f32>, invocation: u32) -> f32 {
  let own = 128.0 * ((value.x + value.y) + (value.z + value.w));
  if (slice_count == 1u) {
    return own;
  }
  partials[invocation] = own;
  workgroupBarrier();
  var total = 0.0;
  if (invocation < LANES) {
    for (var i = 0u; i < slice_count; i++) {
      total += partials[invocation + i * LANES];
    }
  }
  workgroupBarrier();
  return total;
}
