// y[t, offset + r] (+)= sum over c of W[r, c] * norm(x)[first_row + t, c], for one or a few rows t.
//
// One workgroup owns 32 weight rows (a group of the layout) of one token; one invocation owns one
// weight row, or one slice of its columns where slice_count > 1. Prepended: params, shape, the weight
// type's reader, staged-row. Sums in f32, four interleaved partial sums for each slice.

// [rows, out_stride]
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(32, slice_count)
fn mat_vec(
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
  let base = row_group * words_per_row() * LANES + local.x;
  let scale = inverse_rms(x_row, invocation);
  var sum = vec4<f32>(0.0);
  for (var first = 0u; first < shape.chunk_count; first += tile_chunks) {
    stage_tile(x_row, first, scale, invocation);
    workgroupBarrier();
    sum += multiply_tile(base, first, local.y);
    workgroupBarrier();
  }
  let total = add_slices(sum, invocation);
  let row = row_group * LANES + local.x;
  if (local.y == 0u && row < shape.row_count) {
    let at = token * shape.out_stride + shape.out_offset + row;
    if (shape.accumulates == 1u) {
      out[at] += total;
    } else {
      out[at] = total;
    }
  }
}
