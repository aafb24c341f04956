// y[t, offset + r] (+)= sum over c of W[r, c] * x[first_row + t, c], for many rows t.
//
// One workgroup of 64 owns a tile of 32 weight rows (a group of the layout) by 32 tokens; one
// invocation owns 4 rows by 4 tokens. Two chunks of 32 columns at a time are dequantised into
// workgroup memory (8 KiB) beside the tokens' columns (8 KiB). Prepended: params and the weight
// type's load_chunk. Sums in f32.

override column_count: u32;
override chunk_count: u32;
override row_count: u32;
override out_offset: u32;
override out_stride: u32;
// Adds to what `out` holds: the residual of an output projection.
override accumulates: bool;

@group(0) @binding(1) var<storage, read> weights: array<u32>;
// [rows, column_count]
@group(0) @binding(2) var<storage, read> x: array<f32>;
// [rows, out_stride]
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

const TOKENS = 32u;
const DEPTH = 64u;

// [DEPTH, 32 weight rows] and [DEPTH, 32 tokens]
var<workgroup> w_tile: array<f32, 2048>;
var<workgroup> x_tile: array<f32, 2048>;

fn store_four(at: u32, values: vec4<f32>) {
  w_tile[at] = values.x;
  w_tile[at + LANES] = values.y;
  w_tile[at + 2u * LANES] = values.z;
  w_tile[at + 3u * LANES] = values.w;
}

// Invocations 0 to 31 unpack the first chunk of their row, 32 to 63 the second.
fn stage_weights(base: u32, first_chunk: u32, invocation: u32) {
  let half = invocation / LANES;
  let lane = invocation % LANES;
  let at = half * 32u * LANES + lane;
  if (first_chunk + half >= chunk_count) {
    for (var i = 0u; i < 32u; i++) {
      w_tile[at + i * LANES] = 0.0;
    }
    return;
  }
  let w = load_chunk(base + lane, first_chunk + half);
  store_four(at, w[0]);
  store_four(at + 4u * LANES, w[1]);
  store_four(at + 8u * LANES, w[2]);
  store_four(at + 12u * LANES, w[3]);
  store_four(at + 16u * LANES, w[4]);
  store_four(at + 20u * LANES, w[5]);
  store_four(at + 24u * LANES, w[6]);
  store_four(at + 28u * LANES, w[7]);
}

// Invocation i stages column first_column + i of each token.
fn stage_tokens(first_token: u32, first_column: u32, invocation: u32) {
  let column = first_column + invocation;
  for (var t = 0u; t < TOKENS; t++) {
    var value = 0.0;
    if (column < column_count && first_token + t < params.token_count) {
      value = x[(params.first_row + first_token + t) * column_count + column];
    }
    x_tile[invocation * TOKENS + t] = value;
  }
}

fn four_rows(at: u32) -> vec4<f32> {
  return vec4<f32>(w_tile[at], w_tile[at + 1u], w_tile[at + 2u], w_tile[at + 3u]);
}

fn store(row: u32, token: u32, value: f32) {
  if (row >= row_count || token >= params.token_count) {
    return;
  }
  let at = token * out_stride + out_offset + row;
  if (accumulates) {
    out[at] += value;
  } else {
    out[at] = value;
  }
}

fn store_rows(row: u32, token: u32, values: vec4<f32>) {
  store(row, token, values.x);
  store(row + 1u, token, values.y);
  store(row + 2u, token, values.z);
  store(row + 3u, token, values.w);
}

@compute @workgroup_size(64)
fn mat_mul(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let row_group = workgroup.x + workgroup.y * workgroups.x;
  if (row_group * LANES >= row_count) {
    return;
  }
  let first_token = workgroup.z * TOKENS;
  let base = row_group * words_per_row() * LANES;
  let row = (invocation % 8u) * 4u;
  let token = (invocation / 8u) * 4u;
  var sum_0 = vec4<f32>(0.0);
  var sum_1 = vec4<f32>(0.0);
  var sum_2 = vec4<f32>(0.0);
  var sum_3 = vec4<f32>(0.0);
  for (var chunk = 0u; chunk < chunk_count; chunk += 2u) {
    stage_weights(base, chunk, invocation);
    stage_tokens(first_token, chunk * 32u, invocation);
    workgroupBarrier();
    for (var depth = 0u; depth < DEPTH; depth++) {
      let w = four_rows(depth * LANES + row);
      let at = depth * TOKENS + token;
      sum_0 += w * x_tile[at];
      sum_1 += w * x_tile[at + 1u];
      sum_2 += w * x_tile[at + 2u];
      sum_3 += w * x_tile[at + 3u];
    }
    workgroupBarrier();
  }
  let first_row = row_group * LANES + row;
  store_rows(first_row, first_token + token, sum_0);
  store_rows(first_row, first_token + token + 1u, sum_1);
  store_rows(first_row, first_token + token + 2u, sum_2);
  store_rows(first_row, first_token + token + 3u, sum_3);
}
