// out[t, r] = silu(g) * u with g = W[r] . inputs[t] and u = W[up_row + r] . inputs[t], for any number of
// rows t, on adapters that run on a processor.
//
// One workgroup of 4 owns 32 gate rows and their up rows for 4 tokens; one invocation owns 8 of each
// over all columns for all 4 tokens. Prepended: subgroups, params, shape, weight-texture, quad-tokens,
// quad-rows and the weight type's reader in weights/quads. Sums in f32.

// [rows, row_count]
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

fn store(token: u32, row: u32, value: f32) {
  if (token < params.token_count && row < shape.row_count) {
    out[token * shape.row_count + row] = value;
  }
}

fn store_tokens(first: u32, lane: u32, row: u32, gate: vec4<f32>, up: vec4<f32>) {
  let values = gate / (1.0 + exp(-gate)) * up;
  store(first + lane, row, values.x);
  store(first + (lane ^ 1u), row, values.y);
  store(first + (lane ^ 2u), row, values.z);
  store(first + (lane ^ 3u), row, values.w);
}

fn store_rows(first: u32, lane: u32, row: u32, gate: Rows, up: Rows) {
  store_tokens(first, lane, row, gate.a, up.a);
  store_tokens(first, lane, row + 1u, gate.b, up.b);
  store_tokens(first, lane, row + 2u, gate.c, up.c);
  store_tokens(first, lane, row + 3u, gate.d, up.d);
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
  let lines = group_lines();
  let gate = vec2<u32>(lane * 2u, row_group * lines);
  let up = vec2<u32>(lane * 2u, (shape.up_group + row_group) * lines);
  let product = multiply(gate, up, source_of(token, lane));
  let row = row_group * GROUP_ROWS + lane * 8u;
  store_rows(token, lane, row, product.first, product.third);
  store_rows(token, lane, row + 4u, product.second, product.fourth);
}
