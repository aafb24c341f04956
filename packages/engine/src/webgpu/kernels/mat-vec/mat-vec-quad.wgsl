// y[t, offset + r] (+)= sum over c of W[r, c] * norm(x)[first_row + t, c], for one or a few rows t, on
// adapters that run on a processor.
//
// One workgroup of 4 owns 64 weight rows (two groups of the layout) of one token; one invocation owns 16
// of them over all columns. Prepended: subgroups, params, shape, weight-texture, quad-row, quad-rows and
// the weight type's reader in weights/quads. Sums in f32; what a biased quant adds is subtracted after
// each 32.

// [rows, out_stride]
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

fn store(token: u32, row: u32, value: f32) {
  if (row >= shape.row_count) {
    return;
  }
  let at = token * shape.out_stride + shape.out_offset + row;
  if (shape.accumulates == 1u) {
    out[at] += value;
  } else {
    out[at] = value;
  }
}

fn store_rows(token: u32, row: u32, rows: Rows, scale: f32) {
  store(token, row, rows.a * scale);
  store(token, row + 1u, rows.b * scale);
  store(token, row + 2u, rows.c * scale);
  store(token, row + 3u, rows.d * scale);
}

@compute @workgroup_size(4)
fn mat_vec(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first_group = (workgroup.x + workgroup.y * workgroups.x) * 2u;
  let token = workgroup.z;
  if (first_group * GROUP_ROWS >= shape.row_count) {
    return;
  }
  let row_group = first_group + lane / 2u;
  let at = vec2<u32>((lane & 1u) * 4u, row_group * group_lines());
  let product = multiply(at, at + vec2<u32>(2u, 0u), source_of(params.first_row + token, lane));
  let scale = inverse_rms(product.squares);
  let row = row_group * GROUP_ROWS + (lane & 1u) * 16u;
  store_rows(token, row, product.first, scale);
  store_rows(token, row + 4u, product.second, scale);
  store_rows(token, row + 8u, product.third, scale);
  store_rows(token, row + 12u, product.fourth, scale);
}
