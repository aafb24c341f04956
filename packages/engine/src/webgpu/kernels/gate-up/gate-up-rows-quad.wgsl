// out[t, r] = silu(g) * u with g = W[r] . norm(x)[t] and u = W[up_row + r] . norm(x)[t], for any
// number of rows t, on adapters that run on a processor.
//
// One workgroup of 4 owns 32 gate rows and their up rows for 4 tokens; one invocation owns 8 of each
// over all columns for all 4 tokens. Prepended: subgroups, params, shape, weight-texture, quad-tokens,
// quad-rows and the weight type's reader in weights/quads. Sums in f32.

// [rows, row_count]
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

fn store(token: u32, row: u32, value: f32) {
  if (token < params.token_count && row < shape.row_count) {
    out[token * shape.row_count + row] = value;
  }
}

fn store_tokens(token: u32, row: u32, gate: vec4<f32>, up: vec4<f32>) {
  let values = gate / (1.0 + exp(-gate)) * up;
  store(token, row, values.x);
  store(token + 1u, row, values.y);
  store(token + 2u, row, values.z);
  store(token + 3u, row, values.w);
}

fn store_rows(token: u32, row: u32, gate: Rows, up: Rows, scale: vec4<f32>) {
  store_tokens(token, row, gate.a * scale, up.a * scale);
  store_tokens(token, row + 1u, gate.b * scale, up.b * scale);
  store_tokens(token, row + 2u, gate.c * scale, up.c * scale);
  store_tokens(token, row + 3u, gate.d * scale, up.d * scale);
}

@compute @workgroup_size(4)
fn gate_up_rows(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row_group = workgroup.x + workgroup.y * workgroups.x;
  if (row_group * GROUP_ROWS >= shape.row_count) {
    return;
  }
  let token = workgroup.z * 4u;
  x_start = (params.first_row + token) * shape.column_count;
  let lines = group_lines();
  let gate = vec2<u32>(lane * 2u, row_group * lines);
  let up = vec2<u32>(lane * 2u, (shape.up_group + row_group) * lines);
  let product = multiply(gate, up, lane);
  let scale = inverse_rms(product.squares);
  let row = row_group * GROUP_ROWS + lane * 8u;
  store_rows(token, row, product.first, product.third, scale);
  store_rows(token, row + 4u, product.second, product.fourth, scale);
}
