// y[t, offset + r] (+)= sum over c of W[r, c] * x[first_row + t, c], for many rows t.
//
// One workgroup of 64 owns a tile of 32 weight rows (a group of the layout) by 32 tokens; one
// invocation owns 4 rows by 4 tokens. One chunk of 32 columns at a time is dequantised into workgroup
// memory (4 KiB) beside the tokens' columns (4 KiB): larger tiles made SwiftShader, which clears
// workgroup memory one float at a time, take seconds to compile. Prepended: params, shape and the weight
// type's reader. Sums in f32.

// [rows, column_count]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [rows, out_stride]
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

const TOKENS = 32u;
const DEPTH = 32u;

// [DEPTH, 32 weight rows] and [DEPTH, 32 tokens]
var<workgroup> w_tile: array<f32, 1024>;
var<workgroup> x_tile: array<f32, 1024>;

fn stage_four(at: u32, values: vec4<f32>) {
  w_tile[at] = values.x;
  w_tile[at + LANES] = values.y;
  w_tile[at + 2u * LANES] = values.z;
  w_tile[at + 3u * LANES] = values.w;
}

// Two invocations unpack the chunk of one row.
fn stage_weights(base: u32, chunk: u32, invocation: u32) {
  let lane = invocation % LANES;
  let first = invocation / LANES * 2u;
  let scales = chunk_scales(base + lane, chunk);
  for (var i = first; i < first + 2u; i++) {
    let w = chunk_pair(base + lane, chunk, i);
    let at = i * 4u * LANES + lane;
    stage_four(at, scales.x * w.low - scales.z);
    stage_four(at + 16u * LANES, scales.y * w.high - scales.z);
  }
}

// Invocation i stages one column of every second token.
fn stage_tokens(first_token: u32, first_column: u32, invocation: u32) {
  let column = first_column + invocation % DEPTH;
  for (var t = invocation / DEPTH; t < TOKENS; t += 2u) {
    var value = 0.0;
    if (column < shape.column_count && first_token + t < params.token_count) {
      value = x[(params.first_row + first_token + t) * shape.column_count + column];
    }
    x_tile[(invocation % DEPTH) * TOKENS + t] = value;
  }
}

fn four_rows(at: u32) -> vec4<f32> {
  return vec4<f32>(w_tile[at], w_tile[at + 1u], w_tile[at + 2u], w_tile[at + 3u]);
}

@compute @workgroup_size(64)
fn mat_mul(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let row_group = workgroup.x + workgroup.y * workgroups.x;
  if (row_group * LANES >= shape.row_count) {
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
  for (var chunk = 0u; chunk < shape.chunk_count; chunk++) {
    stage_weights(base, chunk, invocation);
    stage_tokens(first_token, chunk * 32u, invocation);
    workgroupBarrier();
    for (var depth = 0u; depth < min(DEPTH, shape.column_count - chunk * DEPTH); depth++) {
      let w = four_rows(depth * LANES + row);
      let at = depth * TOKENS + token;
      sum_0 += w * x_tile[at];
      sum_1 += w * x_tile[at + 1u];
      sum_2 += w * x_tile[at + 2u];
      sum_3 += w * x_tile[at + 3u];
    }
    workgroupBarrier();
  }
  let sums = array<vec4<f32>, 4>(sum_0, sum_1, sum_2, sum_3);
  for (var i = 0u; i < 16u; i++) {
    let out_row = row_group * LANES + row + i % 4u;
    let out_token = first_token + token + i / 4u;
    if (out_row < shape.row_count && out_token < params.token_count) {
      let at = out_token * shape.out_stride + shape.out_offset + out_row;
      let residual = select(0.0, out[at], shape.accumulates == 1u);
      out[at] = residual + sums[i / 4u][i % 4u];
    }
  }
}
