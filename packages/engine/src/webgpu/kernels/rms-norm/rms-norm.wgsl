// out[t, c] = x[t, c] * gain[c] / sqrt(mean over c of x[t, c]^2 + epsilon), for rows t from first_row
//
// One workgroup of 64 owns one row t; one invocation every 64th column. The squares are added in
// f32, in 64 partial sums.

override column_count: u32;
override norm_epsilon: f32;

// [rows, column_count]
@group(0) @binding(1) var<storage, read> x: array<f32>;
// [column_count]
@group(0) @binding(2) var<storage, read> gain: array<f32>;
// [rows, column_count]
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

var<workgroup> partials: array<f32, 64>;

@compute @workgroup_size(64)
fn rms_norm(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let first = (params.first_row + workgroup.x) * column_count;
  var squares = 0.0;
  for (var c = invocation; c < column_count; c += 64u) {
    squares += x[first + c] * x[first + c];
  }
  partials[invocation] = squares;
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < 64u; i++) {
    total += partials[i];
  }
  let scale = inverseSqrt(total / f32(column_count) + norm_epsilon);
  for (var c = invocation; c < column_count; c += 64u) {
    out[first + c] = x[first + c] * scale * gain[c];
  }
}
