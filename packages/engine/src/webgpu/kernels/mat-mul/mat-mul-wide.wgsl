// y[t, offset + r] (+)= sum over c of W[r, c] * x[first_row + t, c], for many rows t, on adapters with
// room for large tiles.
//
// One workgroup of 64 owns a tile of 64 weight rows (two groups of the layout) by 64 tokens; one
// invocation owns 8 rows by 8 tokens, so that 16 numbers read from workgroup memory make 64 products.
// Half a chunk, 16 columns, at a time is dequantised into workgroup memory beside the tokens' columns: 4 KiB
// each, or 2 KiB where Value is f16. Products are of Value, sums f32. Prepended: value-f32 or value-f16,
// params, shape and the weight type's reader.

// [rows, column_count]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [rows, out_stride]
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

const ROWS = 64u;
const TOKENS = 64u;
const DEPTH = 16u;

// [DEPTH, 64 weight rows] and [DEPTH, 64 tokens]
var<workgroup> w_tile: array<Value, 1024>;
var<workgroup> x_tile: array<Value, 1024>;

fn stage_four(at: u32, values: vec4<Value>) {
  w_tile[at] = values.x;
  w_tile[at + ROWS] = values.y;
  w_tile[at + 2u * ROWS] = values.z;
  w_tile[at + 3u * ROWS] = values.w;
}

// One invocation unpacks half a chunk of one row: columns 8h to 8h + 7 and 16 + 8h to 16 + 8h + 7. The
// rows of a group that is not there count as zero.
fn stage_weights(base: u32, is_there: bool, chunk: u32, half: u32, row: u32) {
  let scales = chunk_scales(base, chunk);
  for (var i = 0u; i < 2u; i++) {
    var low = vec4<f32>(0.0);
    var high = vec4<f32>(0.0);
    if (is_there) {
      let w = chunk_pair(base, chunk, half * 2u + i);
      low = scales.x * w.low - scales.z;
      high = scales.y * w.high - scales.z;
    }
    stage_four(i * 4u * ROWS + row, vec4<Value>(low));
    stage_four((8u + i * 4u) * ROWS + row, vec4<Value>(high));
  }
}

// Invocation i stages one of the 16 columns of every fourth token.
fn stage_tokens(first_token: u32, chunk: u32, half: u32, invocation: u32) {
  let depth = invocation % DEPTH;
  let column = chunk * 32u + half * 8u + depth + (depth / 8u) * 8u;
  for (var t = invocation / DEPTH; t < TOKENS; t += 4u) {
    var value = 0.0;
    if (column < shape.column_count && first_token + t < params.token_count) {
      value = x[(params.first_row + first_token + t) * shape.column_count + column];
    }
    x_tile[depth * TOKENS + t] = to_value(value);
  }
}

fn four_rows(at: u32) -> vec4<Value> {
  return vec4<Value>(w_tile[at], w_tile[at + 1u], w_tile[at + 2u], w_tile[at + 3u]);
}

fn store(token: u32, row: u32, low: vec4<f32>, high: vec4<f32>) {
  if (token >= params.token_count) {
    return;
  }
  for (var i = 0u; i < 8u; i++) {
    if (row + i < shape.row_count) {
      let at = token * shape.out_stride + shape.out_offset + row + i;
      let residual = select(0.0, out[at], shape.accumulates == 1u);
      out[at] = residual + select(high[i % 4u], low[i % 4u], i < 4u);
    }
  }
}

@compute @workgroup_size(64)
fn mat_mul(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let first_row = (workgroup.x + workgroup.y * workgroups.x) * ROWS;
  if (first_row >= shape.row_count) {
    return;
  }
  let first_token = workgroup.z * TOKENS;
  let staged = first_row + invocation;
  let base = staged / LANES * words_per_row() * LANES + staged % LANES;
  let row = (invocation % 8u) * 8u;
  let token = (invocation / 8u) * 8u;
  var low_0 = vec4<f32>(0.0);
  var high_0 = vec4<f32>(0.0);
  var low_1 = vec4<f32>(0.0);
  var high_1 = vec4<f32>(0.0);
  var low_2 = vec4<f32>(0.0);
  var high_2 = vec4<f32>(0.0);
  var low_3 = vec4<f32>(0.0);
  var high_3 = vec4<f32>(0.0);
  var low_4 = vec4<f32>(0.0);
  var high_4 = vec4<f32>(0.0);
  var low_5 = vec4<f32>(0.0);
  var high_5 = vec4<f32>(0.0);
  var low_6 = vec4<f32>(0.0);
  var high_6 = vec4<f32>(0.0);
  var low_7 = vec4<f32>(0.0);
  var high_7 = vec4<f32>(0.0);
  for (var half_chunk = 0u; half_chunk < shape.chunk_count * 2u; half_chunk++) {
    let chunk = half_chunk / 2u;
    stage_weights(base, staged < shape.row_count, chunk, half_chunk % 2u, invocation);
    stage_tokens(first_token, chunk, half_chunk % 2u, invocation);
    workgroupBarrier();
    for (var depth = 0u; depth < DEPTH; depth++) {
      let low = four_rows(depth * ROWS + row);
      let high = four_rows(depth * ROWS + row + 4u);
      let at = depth * TOKENS + token;
      low_0 += vec4<f32>(low * x_tile[at]);
      high_0 += vec4<f32>(high * x_tile[at]);
      low_1 += vec4<f32>(low * x_tile[at + 1u]);
      high_1 += vec4<f32>(high * x_tile[at + 1u]);
      low_2 += vec4<f32>(low * x_tile[at + 2u]);
      high_2 += vec4<f32>(high * x_tile[at + 2u]);
      low_3 += vec4<f32>(low * x_tile[at + 3u]);
      high_3 += vec4<f32>(high * x_tile[at + 3u]);
      low_4 += vec4<f32>(low * x_tile[at + 4u]);
      high_4 += vec4<f32>(high * x_tile[at + 4u]);
      low_5 += vec4<f32>(low * x_tile[at + 5u]);
      high_5 += vec4<f32>(high * x_tile[at + 5u]);
      low_6 += vec4<f32>(low * x_tile[at + 6u]);
      high_6 += vec4<f32>(high * x_tile[at + 6u]);
      low_7 += vec4<f32>(low * x_tile[at + 7u]);
      high_7 += vec4<f32>(high * x_tile[at + 7u]);
    }
    workgroupBarrier();
  }
  store(first_token + token, first_row + row, low_0, high_0);
  store(first_token + token + 1u, first_row + row, low_1, high_1);
  store(first_token + token + 2u, first_row + row, low_2, high_2);
  store(first_token + token + 3u, first_row + row, low_3, high_3);
  store(first_token + token + 4u, first_row + row, low_4, high_4);
  store(first_token + token + 5u, first_row + row, low_5, high_5);
  store(first_token + token + 6u, first_row + row, low_6, high_6);
  store(first_token + token + 7u, first_row + row, low_7, high_7);
}
