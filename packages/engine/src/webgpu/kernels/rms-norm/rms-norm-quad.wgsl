// out[t, c] as rms_norm has it, on adapters that run on a processor.
//
// One workgroup of 4 owns one row t; one invocation every fourth column. The four hand each other
// their sums of squares, so there is no workgroup memory and no barrier. Prepended: subgroups, params.

override column_count: u32;
override norm_epsilon: f32;

// [rows, column_count]
@group(0) @binding(1) var<storage, read> x: array<f32>;
// [column_count]
@group(0) @binding(2) var<storage, read> gain: array<f32>;
// [rows, column_count]
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(4)
fn rms_norm(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (params.first_row + workgroup.x) * column_count;
  var squares = 0.0;
  for (var c = lane; c < column_count; c += 4u) {
    let value = x[first + c];
    squares += value * value;
  }
  let half = squares + quadSwapX(squares);
  let total = half + quadSwapY(half);
  let scale = inverseSqrt(total / f32(column_count) + norm_epsilon);
  for (var c = lane; c < column_count; c += 4u) {
    out[first + c] = x[first + c] * scale * gain[c];
  }
}
