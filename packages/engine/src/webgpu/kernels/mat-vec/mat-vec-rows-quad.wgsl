// y[t, offset + r] (+)= sum over c of W[r, c] * inputs[t, c], for any number of rows t, on adapters that
// run on a processor.
//
// One workgroup of 4 owns 64 weight rows (two groups of the layout) and 4 tokens; one invocation owns 16
// of the rows over all columns for all 4 tokens: a weight is unpacked once for them. Prepended:
// subgroups, params, shape, weight-texture, quad-tokens, quad-rows and the weight type's reader in
// weights/quads. Sums in f32.

// [rows, out_stride]
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

fn store(token: u32, row: u32, value: f32) {
  if (row >= shape.row_count || token >= params.token_count) {
    return;
  }
  let at = token * shape.out_stride + shape.out_offset + row;
  if (shape.accumulates == 1u) {
    out[at] += value;
  } else {
    out[at] = value;
  }
}

fn store_tokens(first: u32, lane: u32, row: u32, values: vec4<f32>) {
  store(first + lane, row, values.x);
  store(first + (lane ^ 1u), row, values.y);
  store(first + (lane ^ 2u), row, values.z);
  store(first + (lane ^ 3u), row, values.w);
}

fn store_rows(first: u32, lane: u32, row: u32, rows: Rows) {
  store_tokens(first, lane, row, rows.a);
  store_tokens(first, lane, row + 1u, rows.b);
  store_tokens(first, lane, row + 2u, rows.c);
  store_tokens(first, lane, row + 3u, rows.d);
}

@compute @workgroup_size(4)
fn mat_vec_rows(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first_group = (workgroup.x + workgroup.y * workgroups.x) * 2u;
  if (first_group * GROUP_ROWS >= shape.row_count) {
    return;
  }
  let token = workgroup.z * 4u;
  let row_group = first_group + lane / 2u;
  let at = vec2<u32>((lane & 1u) * 4u, row_group * group_lines());
  let product = multiply(at, at + vec2<u32>(2u, 0u), source_of(token, lane));
  let row = row_group * GROUP_ROWS + (lane & 1u) * 16u;
  store_rows(token, lane, row, product.first);
  store_rows(token, lane, row + 4u, product.second);
  store_rows(token, lane, row + 8u, product.third);
  store_rows(token, lane, row + 12u, product.fourth);
}
