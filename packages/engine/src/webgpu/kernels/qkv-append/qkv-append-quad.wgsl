// What qkv_append does, on adapters that run on a processor.
//
// One workgroup of 4 owns one head of one row; one invocation every fourth quad of it. They hand each
// other their sums of squares, so there is no workgroup memory and no barrier. Prepended: subgroups,
// params, page, head-pairs, the cache's writer, which must not look at a head's other quads.

fn inverse_rms(row: u32, column: u32, lane: u32) -> f32 {
  var squares = 0.0;
  for (var d = lane; d < head_dim; d += 4u) {
    let value = projected(row, column, d);
    squares += value * value;
  }
  let half = squares + quadSwapX(squares);
  let total = half + quadSwapY(half);
  return inverseSqrt(total / f32(head_dim) + norm_epsilon);
}

@compute @workgroup_size(4)
fn qkv_append(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let head = head_at(workgroup.x);
  let row = workgroup.y;
  var scale = 1.0;
  if (has_norm) {
    scale = inverse_rms(row, head.column, lane);
  }
  let position = row_position(row);
  let page = page_of(row, position);
  let slot = position % PAGE_POSITIONS;
  for (var quad = lane; quad < quad_count; quad += 4u) {
    let value = vec4<f32>(
      place_pair(row, head.index, head.column, 2u * quad, scale),
      place_pair(row, head.index, head.column, 2u * quad + 1u, scale),
    );
    if (head.is_query) {
      queries[(row * head_count + head.index) * quad_count + quad] = value;
    } else if (head.is_value) {
      store_value(page, head.kv_head, slot, quad, value);
    } else {
      store_key(page, head.kv_head, slot, quad, value);
    }
  }
}
