// out[t, r] = silu(g) * u with g = W[r] . norm(x)[t] and u = W[up_row + r] . norm(x)[t], for a few
// rows t: the first half of the MLP in one launch.
//
// One workgroup owns 32 gate rows and their up rows of up to 8 tokens; one invocation owns one of
// each, or one slice of their columns. Prepended: params, shape, the weight type's reader,
// staged-rows. Sums in f32.

// [rows, row_count]
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

fn store(token: u32, row: u32, gate: f32, up: f32) {
  if (token < params.token_count) {
    out[token * shape.row_count + row] = gate / (1.0 + exp(-gate)) * up;
  }
}

@compute @workgroup_size(32, slice_count)
fn gate_up_rows(
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
  let gate_base = row_group * words_per_row() * LANES + local.x;
  let up_base = (shape.up_group + row_group) * words_per_row() * LANES + local.x;
  var gate_sums = Sums();
  var up_sums = Sums();
  for (var first = 0u; first < shape.chunk_count; first += tile_chunks) {
    stage_tile(first_token, first * 32u, invocation);
    workgroupBarrier();
    gate_sums = add_tile(gate_sums, gate_base, first, local.y);
    up_sums = add_tile(up_sums, up_base, first, local.y);
    workgroupBarrier();
  }
  let scale = inverse_rms_of_rows(invocation);
  let gate = scaled_sums(gate_sums, scale, invocation);
  let up = scaled_sums(up_sums, scale, invocation);
  let row = row_group * LANES + local.x;
  if (local.y == 0u && row < shape.row_count) {
    for (var t = 0u; t < 4u; t++) {
      store(first_token + t, row, gate.low[t], up.low[t]);
      store(first_token + 4u + t, row, gate.high[t], up.high[t]);
    }
  }
}
