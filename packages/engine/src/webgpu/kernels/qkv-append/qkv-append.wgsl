// From the projections to attention, in one launch: adds the biases (qwen2), normalises query and
// key heads (qwen3: x * gain / sqrt(mean(x^2) + epsilon) over a head), rotates query and key pairs
// by their position, and appends keys and values to the pages of the row's session.
//
//   rotated[a] = x[a] cos - x[b] sin,  rotated[b] = x[a] sin + x[b] cos
//
// with pairs (2i, 2i + 1) for interleaved rope and (i, i + rope_dim / 2) for half. The CPU computes
// cos and sin in f64 for each step's positions: WGSL promises only 2^-11 and nothing for large
// angles. One workgroup owns one head of one row: its invocations first place pairs in workgroup
// memory, then store quads of them. Queries and keys stay in the order of pairs, which their
// product does not notice: both elements of a pair then lie in one quad. Prepended: params, page,
// the cache's writer.

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

const WIDTH = 32u;

// The head, as it is stored.
var<workgroup> placed: array<vec4<f32>, quad_count>;
var<workgroup> partials: array<f32, WIDTH>;

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

fn inverse_rms(row: u32, column: u32, invocation: u32) -> f32 {
  var squares = 0.0;
  for (var d = invocation; d < head_dim; d += WIDTH) {
    let value = projected(row, column, d);
    squares += value * value;
  }
  partials[invocation] = squares;
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < WIDTH; i++) {
    total += partials[i];
  }
  return inverseSqrt(total / f32(head_dim) + norm_epsilon);
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

@compute @workgroup_size(WIDTH)
fn qkv_append(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let head = workgroup.x;
  let row = workgroup.y;
  let is_query = head < head_count;
  let is_value = head >= head_count + kv_head_count;
  var column = head * head_dim;
  var kv_head = head - head_count;
  if (is_value) {
    kv_head -= kv_head_count;
    column = value_offset + kv_head * head_dim;
  } else if (!is_query) {
    column = key_offset + kv_head * head_dim;
  }

  var scale = 1.0;
  if (has_norm) {
    scale = inverse_rms(row, column, invocation);
  }
  for (var quad = invocation; quad < quad_count; quad += WIDTH) {
    placed[quad] = vec4<f32>(
      place_pair(row, head, column, 2u * quad, scale),
      place_pair(row, head, column, 2u * quad + 1u, scale),
    );
  }
  workgroupBarrier();

  let position = row_position(row);
  let page = page_of(row, position);
  let slot = position % PAGE_POSITIONS;
  for (var quad = invocation; quad < quad_count; quad += WIDTH) {
    if (is_query) {
      queries[(row * head_count + head) * quad_count + quad] = placed[quad];
    } else if (is_value) {
      store_value(page, kv_head, slot, quad);
    } else {
      store_key(page, kv_head, slot, quad);
    }
  }
}
