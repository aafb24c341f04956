// out[t, r] = silu(g) * u with g = W[r] . norm(x)[t] and u = W[up_row + r] . norm(x)[t]: the first
// half of the MLP in one launch. The gate's rows come first in W, the up rows start at a group.
//
// One workgroup owns 32 gate rows and their up rows of one token; one invocation owns one of each,
// or one slice of their columns where slice_count > 1. Prepended: params, shape, the weight type's
// reader, staged-row. Sums in f32.

// [rows, row_count]
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(32, slice_count)
fn gate_up(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let row_group = workgroup.x + workgroup.y * workgroups.x;
  let token = workgroup.z;
  if (row_group * LANES >= shape.row_count) {
    return;
  }
  let x_row = params.first_row + token;
  let gate_base = row_group * words_per_row() * LANES + local.x;
  let up_base = (shape.up_group + row_group) * words_per_row() * LANES + local.x;
  let scale = inverse_rms(x_row, invocation);
  var gate_sum = vec4<f32>(0.0);
  var up_sum = vec4<f32>(0.0);
  for (var first = 0u; first < shape.chunk_count; first += tile_chunks) {
    stage_tile(x_row, first, scale, invocation);
    workgroupBarrier();
    gate_sum += multiply_tile(gate_base, first, local.y);
    up_sum += multiply_tile(up_base, first, local.y);
    workgroupBarrier();
  }
  let gate = add_slices(gate_sum, invocation);
  let up = add_slices(up_sum, invocation);
  let row = row_group * LANES + local.x;
  if (local.y == 0u && row < shape.row_count) {
    out[token * shape.row_count + row] = gate / (1.0 + exp(-gate)) * up;
  }
}
