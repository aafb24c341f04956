// Attention over part z of the positions, for long contexts of few rows: a row alone has too few
// heads to fill a GPU (flash-decoding, Dao et al. 2023). `attention_merge` puts the parts together.
//
// One workgroup of 64 owns four queries of a key/value head over params.split_positions positions
// from z * split_positions on; what one invocation owns, see attend, which is prepended.

// [rows, head_count, split_count, quad_count]: unnormalised
@group(0) @binding(5) var<storage, read_write> partial_sums: array<vec4<f32>>;
// [rows, head_count, split_count]: the largest score and the sum of weights relative to it; where a
// part has no position, the sum is 0.
@group(0) @binding(6) var<storage, read_write> partial_stats: array<vec2<f32>>;

fn put_part(owned: Owned, i: u32, split: u32, quad: u32, sum: vec4<f32>, stats: vec2<f32>) {
  if (i >= owned.count) {
    return;
  }
  let part = (row_of(owned, i) * head_count + head_of(owned, i)) * params.split_count + split;
  partial_sums[part * quad_count + quad] = sum;
  if (quad == 0u) {
    partial_stats[part] = stats;
  }
}

@compute @workgroup_size(64)
fn attention_split(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let owned = owned_by(workgroup.x, workgroups.x, workgroup.y);
  if (owned.count == 0u) {
    return;
  }
  let length = row_position(row_of(owned, owned.count - 1u)) + 1u;
  let begin = min(workgroup.z * params.split_positions, length);
  let end = min(begin + params.split_positions, length);
  let attended = attend(owned, begin, end, invocation);
  if (invocation < quad_count) {
    let peak = attended.peak;
    let total = attended.total;
    let split = workgroup.z;
    put_part(owned, 0u, split, invocation, attended.sums[0], vec2<f32>(peak.x, total.x));
    put_part(owned, 1u, split, invocation, attended.sums[1], vec2<f32>(peak.y, total.y));
    put_part(owned, 2u, split, invocation, attended.sums[2], vec2<f32>(peak.z, total.z));
    put_part(owned, 3u, split, invocation, attended.sums[3], vec2<f32>(peak.w, total.w));
  }
}
