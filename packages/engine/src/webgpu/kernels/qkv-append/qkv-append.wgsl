// From the projections to attention, in one launch: adds the biases (qwen2), normalises query and
// key heads (qwen3: x * gain / sqrt(mean(x^2) + epsilon) over a head), rotates query and key pairs
// by their position, and appends keys and values to the session's cache.
//
//   rotated[a] = x[a] cos - x[b] sin,  rotated[b] = x[a] sin + x[b] cos
//
// with pairs (2i, 2i + 1) for interleaved rope and (i, i + rope_dim / 2) for half. The CPU computes
// cos and sin in f64 for each step's positions: WGSL promises only 2^-11 and nothing for large angles.
// One invocation owns one pair of one head of one token. Keys are stored with neighbouring positions
// side by side, because attention reads one dimension of many positions at a time.

override head_count: u32;
override kv_head_count: u32;
override head_dim: u32;
override rope_dim: u32;
override is_interleaved: bool;
override has_bias: bool;
override has_norm: bool;
override norm_epsilon: f32;
// A row of the projections: queries at 0, keys and values where their matrices' outputs start.
override qkv_stride: u32;
override key_offset: u32;
override value_offset: u32;

// [rows, qkv_stride]
@group(0) @binding(1) var<storage, read> qkv: array<f32>;
// [qkv_stride] as qkv lies; bound to anything where has_bias is false.
@group(0) @binding(2) var<storage, read> bias: array<f32>;
// [2, head_dim]: query gains, key gains; bound to anything where has_norm is false.
@group(0) @binding(3) var<storage, read> gains: array<f32>;
// [rows, rope_dim / 2]: cos and sin
@group(0) @binding(4) var<storage, read> rotations: array<vec2<f32>>;
// [rows, head_count, head_dim]
@group(0) @binding(5) var<storage, read_write> queries: array<f32>;
// [kv_head_count, head_dim, kv_stride]
@group(0) @binding(6) var<storage, read_write> keys: array<f32>;
// [kv_stride, kv_head_count, head_dim]
@group(0) @binding(7) var<storage, read_write> values: array<f32>;

fn projected(row: u32, column: u32) -> f32 {
  let value = qkv[row * qkv_stride + column];
  if (has_bias) {
    return value + bias[column];
  }
  return value;
}

fn head_scale(row: u32, column: u32) -> f32 {
  var squares = 0.0;
  for (var d = 0u; d < head_dim; d++) {
    let value = projected(row, column + d);
    squares += value * value;
  }
  return inverseSqrt(squares / f32(head_dim) + norm_epsilon);
}

// Elements of pair p: the rotated pairs first, then those that pass unrotated.
fn pair_elements(pair: u32) -> vec2<u32> {
  if (pair < rope_dim / 2u && !is_interleaved) {
    return vec2<u32>(pair, pair + rope_dim / 2u);
  }
  return vec2<u32>(2u * pair, 2u * pair + 1u);
}

@compute @workgroup_size(64)
fn qkv_append(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let i = (workgroup.x + workgroup.y * workgroups.x) * 64u + invocation;
  let pairs = (head_dim + 1u) / 2u;
  let heads = head_count + 2u * kv_head_count;
  let row = i / (heads * pairs);
  if (row >= params.token_count) {
    return;
  }
  let head = i / pairs % heads;
  let pair = i % pairs;
  let elements = pair_elements(pair);
  let has_second = elements.y < head_dim;
  let is_query = head < head_count;
  let is_value = head >= head_count + kv_head_count;

  var column = head * head_dim;
  var kv_head = 0u;
  if (is_value) {
    kv_head = head - head_count - kv_head_count;
    column = value_offset + kv_head * head_dim;
  } else if (!is_query) {
    kv_head = head - head_count;
    column = key_offset + kv_head * head_dim;
  }

  var x = vec2<f32>(projected(row, column + elements.x), 0.0);
  if (has_second) {
    x.y = projected(row, column + elements.y);
  }
  if (has_norm && !is_value) {
    let gain_at = select(head_dim, 0u, is_query);
    x *= head_scale(row, column);
    x.x *= gains[gain_at + elements.x];
    if (has_second) {
      x.y *= gains[gain_at + elements.y];
    }
  }
  if (pair < rope_dim / 2u && !is_value) {
    let turn = rotations[row * (rope_dim / 2u) + pair];
    x = vec2<f32>(x.x * turn.x - x.y * turn.y, x.x * turn.y + x.y * turn.x);
  }

  let position = params.position + row;
  if (is_query) {
    let at = (row * head_count + head) * head_dim;
    queries[at + elements.x] = x.x;
    if (has_second) {
      queries[at + elements.y] = x.y;
    }
  } else if (is_value) {
    let at = (position * kv_head_count + kv_head) * head_dim;
    values[at + elements.x] = x.x;
    if (has_second) {
      values[at + elements.y] = x.y;
    }
  } else {
    let at = kv_head * head_dim * params.kv_stride + position;
    keys[at + elements.x * params.kv_stride] = x.x;
    if (has_second) {
      keys[at + elements.y * params.kv_stride] = x.y;
    }
  }
}
