// out[t, h] = softmax over positions p <= position + t of (q[t, h] . k[p, g] / sqrt(head_dim)) times
// v[p, g], where query head h reads key/value head g = h / (head_count / kv_head_count).
//
// One workgroup of 64 owns one head of one token. It goes over the cache 64 positions at a time with
// a running peak and sum (online softmax), so no length is too long: first each invocation owns one
// position's score, then every 64th dimension of the output. Workgroup memory: 2 * head_dim + 64
// floats. Sums in f32.

override head_count: u32;
override kv_head_count: u32;
override head_dim: u32;

// [rows, head_count, head_dim]
@group(0) @binding(1) var<storage, read> queries: array<f32>;
// [kv_head_count, head_dim, kv_stride]
@group(0) @binding(2) var<storage, read> keys: array<f32>;
// [kv_stride, kv_head_count, head_dim]
@group(0) @binding(3) var<storage, read> values: array<f32>;
// [rows, head_count, head_dim]
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

const TILE = 64u;
// Below every score that f32 can produce from finite inputs worth keeping; exp of it is 0.
const LOWEST = -3.0e38;

var<workgroup> query: array<f32, head_dim>;
var<workgroup> sums: array<f32, head_dim>;
var<workgroup> scores: array<f32, 64>;

@compute @workgroup_size(64)
fn attention(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let head = workgroup.x;
  let token = workgroup.y;
  let kv_head = head / (head_count / kv_head_count);
  let at = (token * head_count + head) * head_dim;
  let scale = inverseSqrt(f32(head_dim));
  for (var d = invocation; d < head_dim; d += TILE) {
    query[d] = queries[at + d] * scale;
    sums[d] = 0.0;
  }
  workgroupBarrier();

  let length = params.position + token + 1u;
  var peak = LOWEST;
  var total = 0.0;
  for (var first = 0u; first < length; first += TILE) {
    let count = min(TILE, length - first);
    var score = LOWEST;
    if (invocation < count) {
      var key_at = kv_head * head_dim * params.kv_stride + first + invocation;
      score = 0.0;
      for (var d = 0u; d < head_dim; d++) {
        score += query[d] * keys[key_at];
        key_at += params.kv_stride;
      }
    }
    scores[invocation] = score;
    workgroupBarrier();
    var tile_peak = peak;
    for (var i = 0u; i < count; i++) {
      tile_peak = max(tile_peak, scores[i]);
    }
    workgroupBarrier();
    scores[invocation] = exp(score - tile_peak);
    workgroupBarrier();
    let correction = exp(peak - tile_peak);
    peak = tile_peak;
    total *= correction;
    for (var i = 0u; i < count; i++) {
      total += scores[i];
    }
    for (var d = invocation; d < head_dim; d += TILE) {
      var sum = sums[d] * correction;
      var value_at = (first * kv_head_count + kv_head) * head_dim + d;
      for (var i = 0u; i < count; i++) {
        sum += scores[i] * values[value_at];
        value_at += kv_head_count * head_dim;
      }
      sums[d] = sum;
    }
    workgroupBarrier();
  }
  for (var d = invocation; d < head_dim; d += TILE) {
    out[at + d] = sums[d] / total;
  }
}
