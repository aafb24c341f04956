// out[t, r] = silu(g) * u with g = W[r] . norm(x)[t] and u = W[up_row + r] . norm(x)[t], on adapters
// that run on a processor. The gate's rows come first in W, the up rows start at a group.
//
// One workgroup of 8 owns 32 gate rows and their up rows of one token; one invocation owns 4 of each
// over all columns. Prepended: subgroups, params, shape, quad-row, quad-rows and the weight type's
// reader in weights/quads. Sums in f32.

// [rows, row_count]
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

fn store(token: u32, row: u32, gate: f32, up: f32) {
  if (row < shape.row_count) {
    out[token * shape.row_count + row] = gate / (1.0 + exp(-gate)) * up;
  }
}

@compute @workgroup_size(8)
fn gate_up(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let row_group = workgroup.x + workgroup.y * workgroups.x;
  let token = workgroup.z;
  if (row_group * LANES >= shape.row_count) {
    return;
  }
  x_start = (params.first_row + token) * shape.column_count;
  let gate_base = row_group * words_per_row() * VECTORS + invocation;
  let up_base = (shape.up_group + row_group) * words_per_row() * VECTORS + invocation;
  let product = multiply(gate_base, up_base, invocation & 3u);
  let scale = inverse_rms(product.squares);
  let row = row_group * LANES + invocation * 4u;
  store(token, row, product.first.a * scale, product.second.a * scale);
  store(token, row + 1u, product.first.b * scale, product.second.b * scale);
  store(token, row + 2u, product.first.c * scale, product.second.c * scale);
  store(token, row + 3u, product.first.d * scale, product.second.d * scale);
}
