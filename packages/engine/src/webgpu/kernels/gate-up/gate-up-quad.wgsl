// out[t, r] = silu(g) * u with g = W[r] . norm(x)[t] and u = W[up_row + r] . norm(x)[t], on adapters
// that run on a processor. The gate's rows come first in W, the up rows start at a group.
//
// One workgroup of 4 owns 32 gate rows and their up rows of one token; one invocation owns 8 of each
// over all columns. Prepended: subgroups, params, shape, weight-texture, quad-row, quad-rows and the
// weight type's reader in weights/quads. Sums in f32.

// [rows, row_count]
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

fn store(token: u32, row: u32, gate: f32, up: f32) {
  if (row < shape.row_count) {
    out[token * shape.row_count + row] = gate / (1.0 + exp(-gate)) * up;
  }
}

fn store_rows(token: u32, row: u32, gate: Rows, up: Rows, scale: f32) {
  store(token, row, gate.a * scale, up.a * scale);
  store(token, row + 1u, gate.b * scale, up.b * scale);
  store(token, row + 2u, gate.c * scale, up.c * scale);
  store(token, row + 3u, gate.d * scale, up.d * scale);
}

@compute @workgroup_size(4)
fn gate_up(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row_group = workgroup.x + workgroup.y * workgroups.x;
  let token = workgroup.z;
  if (row_group * GROUP_ROWS >= shape.row_count) {
    return;
  }
  let lines = group_lines();
  let gate = vec2<u32>(lane * 2u, row_group * lines);
  let up = vec2<u32>(lane * 2u, (shape.up_group + row_group) * lines);
  let product = multiply(gate, up, source_of(params.first_row + token, lane));
  let scale = inverse_rms(product.squares);
  let row = row_group * GROUP_ROWS + lane * 8u;
  store_rows(token, row, product.first, product.third, scale);
  store_rows(token, row + 4u, product.second, product.fourth, scale);
}
