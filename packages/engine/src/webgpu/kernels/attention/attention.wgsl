// out[t, h] = softmax over positions p up to row t's of (q[t, h] . k[p, g] / sqrt(head_dim)) times
// v[p, g], where query head h reads key/value head g = h / (head_count / kv_head_count).
//
// One workgroup of 64 owns four queries of a key/value head over all their positions; what one
// invocation owns, see attend, which is prepended.

// [rows, head_count, head_dim]
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

fn put_row(owned: Owned, i: u32, quad: u32, value: vec4<f32>) {
  if (i >= owned.count) {
    return;
  }
  let first = (row_of(owned, i) * head_count + head_of(owned, i)) * head_dim;
  for (var d = 0u; d < 4u && 4u * quad + d < head_dim; d++) {
    out[first + 4u * quad + d] = value[d];
  }
}

@compute @workgroup_size(64)
fn attention(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let owned = owned_by(workgroup.x, workgroups.x, workgroup.y);
  if (owned.count == 0u) {
    return;
  }
  // Rows of a tile follow each other: the last query sees most.
  let end = row_position(row_of(owned, owned.count - 1u)) + 1u;
  let attended = attend(owned, 0u, end, invocation);
  if (invocation < quad_count) {
    put_row(owned, 0u, invocation, attended.sums[0] / attended.total.x);
    put_row(owned, 1u, invocation, attended.sums[1] / attended.total.y);
    put_row(owned, 2u, invocation, attended.sums[2] / attended.total.z);
    put_row(owned, 3u, invocation, attended.sums[3] / attended.total.w);
  }
}
