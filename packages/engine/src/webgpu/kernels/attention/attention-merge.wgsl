// out[t, h] = (sum over parts s of exp(peak_s - peak) * sums_s) / (the same sum of totals_s), where
// peak is the largest of all parts: what `attention` would have given in one go.
//
// One workgroup of 64 owns one head of one row; one invocation a quad of its dimensions. Parts are
// added in order, in f32. Prepended: params.

override head_count: u32;
override head_dim: u32;
override quad_count: u32;

// As attention_split writes them.
@group(0) @binding(1) var<storage, read> partial_sums: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> partial_stats: array<vec2<f32>>;
// [rows, head_count, head_dim]
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn attention_merge(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) quad: u32,
) {
  let head = workgroup.y * head_count + workgroup.x;
  let first = head * params.split_count;
  if (quad >= quad_count) {
    return;
  }
  var peak = partial_stats[first].x;
  for (var split = 1u; split < params.split_count; split++) {
    peak = max(peak, partial_stats[first + split].x);
  }
  var sum = vec4<f32>(0.0);
  var total = 0.0;
  for (var split = 0u; split < params.split_count; split++) {
    let stats = partial_stats[first + split];
    let weight = exp(stats.x - peak);
    sum += weight * partial_sums[(first + split) * quad_count + quad];
    total += weight * stats.y;
  }
  let value = sum / total;
  for (var d = 0u; d < 4u && 4u * quad + d < head_dim; d++) {
    out[head * head_dim + 4u * quad + d] = value[d];
  }
}
