// out[t, c] = W[token_ids[t], c]: one dequantised row of the embedding for each token.
//
// One invocation owns one chunk of 32 columns of one token. A matrix that is split over several
// buffers is looked up once for each: only the part that holds a token's row writes it.
// Prepended: params, shape, words-buffer or weight-texture and words-texture, and the weight type's
// reader. Exact.

// [rows]
@group(0) @binding(3) var<storage, read> token_ids: array<u32>;
// [rows, column_count]
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

fn store(first: u32, column: u32, values: vec4<f32>) {
  for (var i = 0u; i < 4u; i++) {
    if (column + i < shape.column_count) {
      out[first + column + i] = values[i];
    }
  }
}

@compute @workgroup_size(64)
fn embedding(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let i = (workgroup.x + workgroup.y * workgroups.x) * 64u + invocation;
  let token = i / shape.chunk_count;
  if (token >= params.token_count) {
    return;
  }
  let id = token_ids[token];
  if (id < shape.out_offset || id >= shape.out_offset + shape.row_count) {
    return;
  }
  let row = id - shape.out_offset;
  let chunk = i % shape.chunk_count;
  let base = row / LANES * words_per_row() * LANES + row % LANES;
  let scales = chunk_scales(base, chunk);
  let first = token * shape.column_count;
  let column = chunk * 32u;
  for (var i = 0u; i < 4u; i++) {
    let w = chunk_pair(base, chunk, i);
    store(first, column + 4u * i, scales.x * w.low - scales.z);
    store(first, column + 16u + 4u * i, scales.y * w.high - scales.z);
  }
}
