// The candidate_count largest logits, descending, ties by lower id, and the log of the sum of exp over all:
// of a part of a row (part.wgsl), then of the parts' results (merge.wgsl). Both say what entries there are.
//
// One workgroup goes over its entries twice, in 128 shares of every 128th logit, of which an invocation
// has one or several. First the largest of each share is found: where candidate_count of those lie, at
// least as many logits do, and about 90 of evenly spread ones. Then
// all logits from there on, hardly more as a rule, are collected while the sum is taken, relative to
// the largest logit, in 128 partial sums. Where they are too many for the list (equal logits, or
// large ones far from evenly spread), the smallest logit that belongs to it is found by radix select:
// four passes count the rows' keys by one byte each (a key orders like its float), narrowing to one
// key; if more logits than needed share that key, three more select among their ids. In the end
// invocations sort the list by counting who is ahead. Atomics only count and reserve places, so the
// result does not depend on their order.

override candidate_count: u32;
// Invocations, at most SHARES.
override width: u32;

// [results, 129]: 64 ids, 64 logits as bits, log-sum-exp as bits
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

const CANDIDATES_MAX = 64u;
const LIST_MAX = 256u;
const ROW_WORDS = 129u;
const SHARES = 128u;
const BYTE_VALUES = 256u;

var<workgroup> counts: array<atomic<u32>, 256>;
var<workgroup> partials: array<f32, 128>;
var<workgroup> list_length: atomic<u32>;
var<workgroup> list_keys: array<u32, 256>;
var<workgroup> list_ids: array<u32, 256>;
var<workgroup> peak_keys: array<u32, 128>;
// The largest key, and the one that candidate_count invocations' shares reach.
var<workgroup> bounds: vec2<u32>;
var<workgroup> collected: u32;
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
  for (var i = invocation; i < BYTE_VALUES; i += width) {
    atomicStore(&counts[i], 0u);
  }
  workgroupBarrier();
  return result;
}

// Keys start at 1 for the largest negative numbers, so 0 is below all of them.
fn find_bounds(entries: Entries, invocation: u32) -> vec2<u32> {
  for (var share = invocation; share < SHARES; share += width) {
    var peak = 0u;
    for (var i = share; i < entries.count; i += SHARES) {
      peak = max(peak, key_of(logit_at(entries, i)));
    }
    peak_keys[share] = peak;
  }
  workgroupBarrier();
  for (var share = invocation; share < SHARES; share += width) {
    let peak = peak_keys[share];
    var rank = 0u;
    for (var i = 0u; i < SHARES; i++) {
      let other = peak_keys[i];
      rank += select(0u, 1u, other > peak || (other == peak && i < share));
    }
    if (rank == 0u) {
      bounds.x = peak;
    }
    if (rank == candidate_count - 1u) {
      bounds.y = peak;
    }
  }
  return workgroupUniformLoad(&bounds);
}

fn collect(key: u32, id: u32) {
  let place = atomicAdd(&list_length, 1u);
  if (place < LIST_MAX) {
    list_keys[place] = key;
    list_ids[place] = id;
  }
}

// Collects what is not below the key; the log of the sum of exp in invocation 0.
fn collect_and_sum(entries: Entries, floor_key: u32, peak: f32, invocation: u32) -> f32 {
  for (var share = invocation; share < SHARES; share += width) {
    var sum = 0.0;
    for (var i = share; i < entries.count; i += SHARES) {
      let logit = logit_at(entries, i);
      sum += exponential_at(entries, i, logit, peak);
      let key = key_of(logit);
      if (key >= floor_key) {
        collect(key, id_at(entries, i));
      }
    }
    partials[share] = sum;
  }
  workgroupBarrier();
  var total = 0.0;
  if (invocation == 0u) {
    collected = atomicLoad(&list_length);
    for (var i = 0u; i < SHARES; i++) {
      total += partials[i];
    }
  }
  return peak + log(total);
}

// The key of the last candidate, and among those equal to it the id key of the last one with a place.
fn radix_select(entries: Entries, invocation: u32) -> vec2<u32> {
  var threshold = 0u;
  var places = candidate_count;
  var has_ties = false;
  for (var pass_index = 0u; pass_index < 4u; pass_index++) {
    let shift = 24u - pass_index * 8u;
    for (var i = invocation; i < entries.count; i += width) {
      let key = key_of(logit_at(entries, i));
      if (((key ^ threshold) >> shift) < 256u) {
        atomicAdd(&counts[(key >> shift) & 255u], 1u);
      }
    }
    let chosen = choose_byte(places, invocation);
    threshold |= chosen.x << shift;
    places = chosen.y;
    has_ties = chosen.z > chosen.y;
  }
  var id_threshold = 0u;
  if (has_ties) {
    for (var pass_index = 0u; pass_index < 3u; pass_index++) {
      let shift = 16u - pass_index * 8u;
      for (var i = invocation; i < entries.count; i += width) {
        let key = id_key(id_at(entries, i));
        let is_tied = key_of(logit_at(entries, i)) == threshold;
        if (is_tied && ((key ^ id_threshold) >> shift) < 256u) {
          atomicAdd(&counts[(key >> shift) & 255u], 1u);
        }
      }
      let chosen = choose_byte(places, invocation);
      id_threshold |= chosen.x << shift;
      places = chosen.y;
    }
  }
  return vec2<u32>(threshold, id_threshold);
}

// As many as there are candidates, in place of what was too much.
fn collect_again(entries: Entries, invocation: u32) {
  let last = radix_select(entries, invocation);
  if (invocation == 0u) {
    atomicStore(&list_length, 0u);
  }
  workgroupBarrier();
  for (var i = invocation; i < entries.count; i += width) {
    let key = key_of(logit_at(entries, i));
    let id = id_at(entries, i);
    if (key > last.x || (key == last.x && id_key(id) >= last.y)) {
      collect(key, id);
    }
  }
  workgroupBarrier();
}

@compute @workgroup_size(width)
fn candidates(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let entries = entries_of(workgroup);
  let result = entries.result * ROW_WORDS;
  let found_bounds = find_bounds(entries, invocation);
  let peak = bitcast<f32>(logit_of(found_bounds.x));
  let total = collect_and_sum(entries, found_bounds.y, peak, invocation);
  if (invocation == 0u) {
    out[result + 2u * CANDIDATES_MAX] = bitcast<u32>(total);
  }
  var length = workgroupUniformLoad(&collected);
  if (length > LIST_MAX) {
    collect_again(entries, invocation);
    length = candidate_count;
  }
  for (var i = invocation; i < length; i += width) {
    let key = list_keys[i];
    let id = list_ids[i];
    var rank = 0u;
    for (var other = 0u; other < length; other++) {
      let is_ahead = list_keys[other] > key || (list_keys[other] == key && list_ids[other] < id);
      rank += select(0u, 1u, is_ahead);
    }
    if (rank < candidate_count) {
      out[result + rank] = id;
      out[result + CANDIDATES_MAX + rank] = logit_of(key);
    }
  }
}
