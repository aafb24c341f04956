// Elements of one head of the projections, as kernels of qkv-append place them: with biases, gains
// and rope. Prepended: page.

override head_count: u32;
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
@group(0) @binding(2) var<storage, read> qkv: array<f32>;
// [qkv_stride] as qkv lies; bound to anything where has_bias is false.
@group(0) @binding(3) var<storage, read> bias: array<f32>;
// [2, head_dim]: query gains, key gains; bound to anything where has_norm is false.
@group(0) @binding(4) var<storage, read> gains: array<f32>;
// [rows, rope_dim / 2]: cos and sin
@group(0) @binding(5) var<storage, read> rotations: array<vec2<f32>>;
// [rows, head_count, quad_count]: in the order of pairs
@group(0) @binding(6) var<storage, read_write> queries: array<vec4<f32>>;

// Which head of a row a workgroup owns: queries, then keys, then values.
struct Head {
  index: u32,
  // Where it starts in a row of the projections.
  column: u32,
  kv_head: u32,
  is_query: bool,
  is_value: bool,
}

fn head_at(index: u32) -> Head {
  if (index < head_count) {
    return Head(index, index * head_dim, 0u, true, false);
  }
  let key_head = index - head_count;
  if (key_head < kv_head_count) {
    return Head(index, key_offset + key_head * head_dim, key_head, false, false);
  }
  let value_head = key_head - kv_head_count;
  return Head(index, value_offset + value_head * head_dim, value_head, false, true);
}

fn projected(row: u32, column: u32, element: u32) -> f32 {
  if (element >= head_dim) {
    return 0.0;
  }
  let value = qkv[row * qkv_stride + column + element];
  if (has_bias) {
    return value + bias[column + element];
  }
  return value;
}

fn gain_at(first: u32, element: u32) -> f32 {
  if (element >= head_dim) {
    return 0.0;
  }
  return gains[first + element];
}

// Elements of pair p: the rotated pairs first, then those that pass unrotated.
fn pair_elements(pair: u32, is_value: bool) -> vec2<u32> {
  if (pair < rope_dim / 2u && !is_interleaved && !is_value) {
    return vec2<u32>(pair, pair + rope_dim / 2u);
  }
  return vec2<u32>(2u * pair, 2u * pair + 1u);
}

fn place_pair(row: u32, head: u32, column: u32, pair: u32, scale: f32) -> vec2<f32> {
  let is_value = head >= head_count + kv_head_count;
  let elements = pair_elements(pair, is_value);
  var x = vec2<f32>(projected(row, column, elements.x), projected(row, column, elements.y));
  if (is_value) {
    return x;
  }
  if (has_norm) {
    let first = select(head_dim, 0u, head < head_count);
    x *= scale * vec2<f32>(gain_at(first, elements.x), gain_at(first, elements.y));
  }
  if (pair < rope_dim / 2u) {
    let turn = rotations[row * (rope_dim / 2u) + pair];
    x = vec2<f32>(x.x * turn.x - x.y * turn.y, x.x * turn.y + x.y * turn.x);
  }
  return x;
}
