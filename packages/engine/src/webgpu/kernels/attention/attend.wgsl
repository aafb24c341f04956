// The heart of attention, shared by `attention` and `attention_split`: for four queries that read
// the same key/value head, online softmax of q . k / sqrt(head_dim) over positions [begin, end) and
// the sum of values it weighs.
//
// The four share every read of a key or value: heads of a group of the same row, and in prefill
// rows of the same session. A workgroup of 64 goes over 128 positions at a time with a running peak
// and sum, so that no length is too long: first each invocation owns the four scores of two
// positions, which share what it reads of the queries, then one quad of dimensions of every
// slice_count-th position. Prepended: params, page, the cache's reader, owned. Sums in f32, in
// slice_count partial sums that are added at the end.

// Invocations that share a quad of the output: 64 / quad_count.
override slice_count: u32;

const WIDTH = 64u;
const TILE = 2u * WIDTH;
// What positions [begin, end) add up to: unnormalised sums of one quad (a column for each query) in
// invocations below quad_count, peaks and totals in all of them.
struct Attended {
  sums: mat4x4<f32>,
  peak: vec4<f32>,
  total: vec4<f32>,
}

// query[4 * quad + i]: of the i-th query, divided by sqrt(head_dim).
var<workgroup> query: array<vec4<f32>, quad_count * 4u>;
// Of one position each: weights of the four queries.
var<workgroup> weights: array<vec4<f32>, 128>;
var<workgroup> peaks: array<vec4<f32>, 8>;

fn stage_queries(owned: Owned, invocation: u32) {
  let scale = inverseSqrt(f32(head_dim));
  for (var at = invocation; at < quad_count * 4u; at += WIDTH) {
    let i = at % 4u;
    var value = vec4<f32>(0.0);
    if (i < owned.count) {
      let first = (row_of(owned, i) * head_count + head_of(owned, i)) * quad_count;
      value = queries[first + at / 4u] * scale;
    }
    query[at] = value;
  }
  workgroupBarrier();
}

// Of a position and the one WIDTH after it.
struct Pair {
  first: vec4<f32>,
  second: vec4<f32>,
}

fn scores_at(owned: Owned, position: u32) -> vec4<f32> {
  let at = key_at(page_of(owned.first_row, position), owned.kv_head, position % PAGE_POSITIONS);
  var scores = vec4<f32>(0.0);
  for (var quad = 0u; quad < quad_count; quad++) {
    let key = key_quad(at, quad);
    scores += vec4<f32>(
      dot(query[4u * quad], key),
      dot(query[4u * quad + 1u], key),
      dot(query[4u * quad + 2u], key),
      dot(query[4u * quad + 3u], key),
    );
  }
  return scores * key_scale(at);
}

fn scores_of_two(owned: Owned, a: u32, b: u32) -> Pair {
  let at_a = key_at(page_of(owned.first_row, a), owned.kv_head, a % PAGE_POSITIONS);
  let at_b = key_at(page_of(owned.first_row, b), owned.kv_head, b % PAGE_POSITIONS);
  var first = vec4<f32>(0.0);
  var second = vec4<f32>(0.0);
  for (var quad = 0u; quad < quad_count; quad++) {
    let key_a = key_quad(at_a, quad);
    let key_b = key_quad(at_b, quad);
    let q0 = query[4u * quad];
    let q1 = query[4u * quad + 1u];
    let q2 = query[4u * quad + 2u];
    let q3 = query[4u * quad + 3u];
    first += vec4<f32>(dot(q0, key_a), dot(q1, key_a), dot(q2, key_a), dot(q3, key_a));
    second += vec4<f32>(dot(q0, key_b), dot(q1, key_b), dot(q2, key_b), dot(q3, key_b));
  }
  return Pair(first * key_scale(at_a), second * key_scale(at_b));
}

// The largest of the invocations' scores, in two rounds.
fn tile_peaks(scores: vec4<f32>, invocation: u32) -> vec4<f32> {
  weights[invocation] = scores;
  workgroupBarrier();
  if (invocation < 8u) {
    var peak = weights[invocation * 8u];
    for (var i = 1u; i < 8u; i++) {
      peak = max(peak, weights[invocation * 8u + i]);
    }
    peaks[invocation] = peak;
  }
  workgroupBarrier();
  var peak = peaks[0];
  for (var i = 1u; i < 8u; i++) {
    peak = max(peak, peaks[i]);
  }
  return peak;
}

// Adds the slices; only invocations below quad_count get the sum.
fn add_slices(value: vec4<f32>, invocation: u32) -> vec4<f32> {
  if (slice_count == 1u) {
    return value;
  }
  weights[invocation] = value;
  workgroupBarrier();
  var sum = value;
  if (invocation < quad_count) {
    for (var slice = 1u; slice < slice_count; slice++) {
      sum += weights[invocation + slice * quad_count];
    }
  }
  workgroupBarrier();
  return sum;
}

fn attend(owned: Owned, begin: u32, end: u32, invocation: u32) -> Attended {
  stage_queries(owned, invocation);
  let lengths = lengths_of(owned);
  let quad = invocation % quad_count;
  let slice = invocation / quad_count;
  var sum_0 = vec4<f32>(0.0);
  var sum_1 = vec4<f32>(0.0);
  var sum_2 = vec4<f32>(0.0);
  var sum_3 = vec4<f32>(0.0);
  var total = vec4<f32>(0.0);
  var peak = vec4<f32>(LOWEST);
  for (var first = begin; first < end; first += TILE) {
    let count = min(TILE, end - first);
    let a = first + invocation;
    let b = a + WIDTH;
    var scores = Pair(vec4<f32>(LOWEST), vec4<f32>(LOWEST));
    if (count > WIDTH) {
      let pair = scores_of_two(owned, a, min(b, end - 1u));
      scores.first = select(scores.first, pair.first, vec4<u32>(a) < lengths);
      scores.second = select(scores.second, pair.second, vec4<u32>(b) < lengths);
    } else if (invocation < count) {
      scores.first = select(scores.first, scores_at(owned, a), vec4<u32>(a) < lengths);
    }
    let next_peak = max(peak, tile_peaks(max(scores.first, scores.second), invocation));
    weights[invocation] = weight_of(scores.first, next_peak);
    weights[invocation + WIDTH] = weight_of(scores.second, next_peak);
    workgroupBarrier();
    let correction = exp(peak - next_peak);
    peak = next_peak;
    total *= correction;
    sum_0 *= correction.x;
    sum_1 *= correction.y;
    sum_2 *= correction.z;
    sum_3 *= correction.w;
    if (slice < slice_count) {
      for (var i = slice; i < count; i += slice_count) {
        let page = page_of(owned.first_row, first + i);
        let at = value_at(page, owned.kv_head, (first + i) % PAGE_POSITIONS);
        let value = value_quad(at, quad) * value_scale(at);
        let weight = weights[i];
        total += weight;
        sum_0 += weight.x * value;
        sum_1 += weight.y * value;
        sum_2 += weight.z * value;
        sum_3 += weight.w * value;
      }
    }
    workgroupBarrier();
  }
  let sums = mat4x4<f32>(
    add_slices(sum_0, invocation),
    add_slices(sum_1, invocation),
    add_slices(sum_2, invocation),
    add_slices(sum_3, invocation),
  );
  return Attended(sums, peak, add_slices(total, invocation));
}
