// The input row of a mat-vec, staged in workgroup memory a tile at a time, on request normalised:
// x[c] * gain[c] / sqrt(mean(x^2) + epsilon). Shared by mat-vec and gate-up, whose workgroups are
// LANES weight rows wide and `slice_count` slices of the columns deep. Prepended: how partial sums are
// added (add-partials or add-partials-subgroups), and in what a tile is held (staged-tile or
// staged-tile-i8).

// Invocations that share one weight row: each takes every slice_count-th chunk.
override slice_count: u32;
// Chunks of x that are staged at a time. Small on SwiftShader, which clears workgroup memory one float
// at a time, at compile time and at run time.
override tile_chunks: u32;
override has_norm: bool;
override norm_epsilon: f32;

// [rows, column_count]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [column_count]; bound to anything where has_norm is false.
@group(0) @binding(4) var<storage, read> gain: array<f32>;

var<workgroup> partials: array<f32, 32u * slice_count>;

// Each invocation sums a share of the squares; then all of them know the sum of the shares.
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
  let total = added_partials();
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

fn input_four(row: u32, c: u32, scale: f32) -> vec4<f32> {
  return vec4<f32>(
    input_at(row, c, scale),
    input_at(row, c + 1u, scale),
    input_at(row, c + 2u, scale),
    input_at(row, c + 3u, scale),
  );
}

// Adds the slices of one weight row, of sums in TILE_UNITs; only slice 0 gets the sum.
fn add_slices(value: vec4<f32>, invocation: u32) -> f32 {
  let own = TILE_UNIT * ((value.x + value.y) + (value.z + value.w));
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
