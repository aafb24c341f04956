// y[t, offset + r] (+)= sum over c of W[r, c] * norm(x)[first_row + t, c], for a few rows t.
//
// One workgroup owns 32 weight rows (a group of the layout) and up to 8 tokens; one invocation owns
// one weight row, or one slice of its columns, of all 8: each weight is unpacked once for them.
// Prepended: params, shape, the weight type's reader, staged-rows. Sums in f32.

// [rows, out_stride]
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

fn store(token: u32, row: u32, value: f32) {
  if (token >= params.token_count) {
    return;
  }
  let at = token * shape.out_stride + shape.out_offset + row;
  let residual = select(0.0, out[at], shape.accumulates == 1u);
  out[at] = residual + value;
}

@compute @workgroup_size(32, slice_count)
fn mat_vec_rows(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let row_group = workgroup.x + workgroup.y * workgroups.x;
  if (row_group * LANES >= shape.row_count) {
    return;
  }
  let first_token = workgroup.z * TOKENS;
  let base = row_group * words_per_row() * LANES + local.x;
  var sums = Sums();
  for (var first = 0u; first < shape.chunk_count; first += tile_chunks) {
    stage_tile(first_token, first * 32u, invocation);
    workgroupBarrier();
    sums = add_tile(sums, base, first, local.y);
    workgroupBarrier();
  }
  let scaled = scaled_sums(sums, inverse_rms_of_rows(invocation), invocation);
  let row = row_group * LANES + local.x;
  if (local.y == 0u && row < shape.row_count) {
    for (var t = 0u; t < 4u; t++) {
      store(first_token + t, row, scaled.low[t]);
      store(first_token + 4u + t, row, scaled.high[t]);
    }
  }
}
