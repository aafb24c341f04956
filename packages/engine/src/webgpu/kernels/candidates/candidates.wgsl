// The candidate_count largest logits of each row, descending, ties by lower id, and the log of the
// sum of exp over the whole row.
//
// One workgroup of 256 owns one row. It finds the smallest logit that makes the list by radix select:
// four passes count the rows' keys by one byte each (a key orders like its float), narrowing to one
// key. If more logits than needed share that key, three more passes select among their ids. Another
// pass collects the list, which 64 invocations then sort by counting who is ahead. Atomics only
// count and reserve places, so the result does not depend on their order. The sum is taken relative
// to the largest logit in 256 partial sums.

override vocab_size: u32;
override logits_stride: u32;
override candidate_count: u32;

// [rows, logits_stride]
@group(0) @binding(1) var<storage, read> logits: array<f32>;
// [first_row + rows, 129]: 64 ids, 64 logits as bits, log-sum-exp as bits
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

const LIST_MAX = 64u;
const ROW_WORDS = 129u;
const WIDTH = 256u;

var<workgroup> counts: array<atomic<u32>, 256>;
var<workgroup> partials: array<f32, 256>;
var<workgroup> list_length: atomic<u32>;
var<workgroup> list_keys: array<u32, 64>;
var<workgroup> list_ids: array<u32, 64>;
var<workgroup> reduced: f32;
// What a pass found: the byte's value, how many places are left within it, how many keys have it.
var<workgroup> found: vec3<u32>;

// Orders like the float: larger logit, larger key. Both zeros are one key.
fn key_of(logit: f32) -> u32 {
  let bits = select(bitcast<u32>(logit), 0u, logit == 0.0);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

fn logit_of(key: u32) -> u32 {
  return select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0u);
}

// Smaller ids are preferred, so they get larger keys.
fn id_key(id: u32) -> u32 {
  return 0xffffffu - id;
}

// Picks the byte value at which `places` are filled, counting from the largest value down.
fn choose_byte(places: u32, invocation: u32) -> vec3<u32> {
  workgroupBarrier();
  if (invocation == 0u) {
    var left = places;
    var value = 255u;
    var count = atomicLoad(&counts[value]);
    while (count < left && value > 0u) {
      left -= count;
      value -= 1u;
      count = atomicLoad(&counts[value]);
    }
    found = vec3<u32>(value, left, count);
  }
  let result = workgroupUniformLoad(&found);
  atomicStore(&counts[invocation], 0u);
  workgroupBarrier();
  return result;
}

fn row_peak(first: u32, invocation: u32) -> f32 {
  var peak = -3.4028234e38;
  for (var id = invocation; id < vocab_size; id += WIDTH) {
    peak = max(peak, logits[first + id]);
  }
  partials[invocation] = peak;
  workgroupBarrier();
  if (invocation == 0u) {
    for (var i = 0u; i < WIDTH; i++) {
      peak = max(peak, partials[i]);
    }
    reduced = peak;
  }
  return workgroupUniformLoad(&reduced);
}

fn log_sum_exp(first: u32, invocation: u32) -> f32 {
  let peak = row_peak(first, invocation);
  var sum = 0.0;
  for (var id = invocation; id < vocab_size; id += WIDTH) {
    sum += exp(logits[first + id] - peak);
  }
  partials[invocation] = sum;
  workgroupBarrier();
  var total = 0.0;
  if (invocation == 0u) {
    for (var i = 0u; i < WIDTH; i++) {
      total += partials[i];
    }
  }
  return peak + log(total);
}

@compute @workgroup_size(256)
fn candidates(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let first = workgroup.x * logits_stride;
  let result = (params.first_row + workgroup.x) * ROW_WORDS;
  // Only invocation 0 has the sum.
  let total = log_sum_exp(first, invocation);
  if (invocation == 0u) {
    out[result + 128u] = bitcast<u32>(total);
  }

  // The key of the last candidate, byte by byte, and the places left for logits equal to it.
  var threshold = 0u;
  var places = candidate_count;
  var has_ties = false;
  for (var pass_index = 0u; pass_index < 4u; pass_index++) {
    let shift = 24u - pass_index * 8u;
    for (var id = invocation; id < vocab_size; id += WIDTH) {
      let key = key_of(logits[first + id]);
      if (((key ^ threshold) >> shift) < 256u) {
        atomicAdd(&counts[(key >> shift) & 255u], 1u);
      }
    }
    let chosen = choose_byte(places, invocation);
    threshold |= chosen.x << shift;
    places = chosen.y;
    has_ties = chosen.z > chosen.y;
  }

  // Among equal logits, the id key of the last one that still has a place.
  var id_threshold = 0u;
  if (has_ties) {
    for (var pass_index = 0u; pass_index < 3u; pass_index++) {
      let shift = 16u - pass_index * 8u;
      for (var id = invocation; id < vocab_size; id += WIDTH) {
        let key = id_key(id);
        let is_tied = key_of(logits[first + id]) == threshold;
        if (is_tied && ((key ^ id_threshold) >> shift) < 256u) {
          atomicAdd(&counts[(key >> shift) & 255u], 1u);
        }
      }
      let chosen = choose_byte(places, invocation);
      id_threshold |= chosen.x << shift;
      places = chosen.y;
    }
  }

  for (var id = invocation; id < vocab_size; id += WIDTH) {
    let key = key_of(logits[first + id]);
    if (key > threshold || (key == threshold && id_key(id) >= id_threshold)) {
      let place = atomicAdd(&list_length, 1u);
      if (place < LIST_MAX) {
        list_keys[place] = key;
        list_ids[place] = id;
      }
    }
  }
  workgroupBarrier();
  if (invocation < candidate_count) {
    let key = list_keys[invocation];
    let id = list_ids[invocation];
    var rank = 0u;
    for (var i = 0u; i < candidate_count; i++) {
      let is_ahead = list_keys[i] > key || (list_keys[i] == key && list_ids[i] < id);
      rank += select(0u, 1u, is_ahead);
    }
    out[result + rank] = id;
    out[result + LIST_MAX + rank] = logit_of(key);
  }
}
