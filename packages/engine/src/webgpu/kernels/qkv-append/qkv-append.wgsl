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
// head-pairs, the cache's writer.

const WIDTH = 32u;

// The head, as it is stored.
var<workgroup> placed: array<vec4<f32>, quad_count>;
var<workgroup> partials: array<f32, WIDTH>;

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

@compute @workgroup_size(WIDTH)
fn qkv_append(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let owned = head_at(workgroup.x);
  let head = owned.index;
  let column = owned.column;
  let kv_head = owned.kv_head;
  let row = workgroup.y;

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
    if (owned.is_query) {
      queries[(row * head_count + head) * quad_count + quad] = placed[quad];
    } else if (owned.is_value) {
      store_value(page, kv_head, slot, quad, placed[quad]);
    } else {
      store_key(page, kv_head, slot, quad, placed[quad]);
    }
  }
}
