// out[t, h] as attention has it, on adapters that run on a processor.
//
// One workgroup of 4 owns four queries of a key/value head over all their positions, a page at a
// time with a running peak and sum. Lanes hand each other what they read, so there is no workgroup
// memory and no barrier: a lane first owns the scores of every fourth position, and reads one query
// for all; then every fourth quad of dimensions, which it adds up in `out`. They do so by swaps, each in
// its own order, and not by broadcasts, which take twenty times as long there. Prepended: subgroups,
// params, page, the cache's reader, owned. Sums in f32.

// [rows, head_count, head_dim]
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

// Of four positions, four apart: scores or weights of the four queries.
struct Four {
  a: vec4<f32>,
  b: vec4<f32>,
  c: vec4<f32>,
  d: vec4<f32>,
}

// Where a page lies, and the last of its positions that exist.
struct Tile {
  page: u32,
  kv_head: u32,
  last: u32,
}

fn no_scores() -> Four {
  let lowest = vec4<f32>(LOWEST);
  return Four(lowest, lowest, lowest, lowest);
}

fn quad_max(value: vec4<f32>) -> vec4<f32> {
  let half = max(value, quadSwapX(value));
  return max(half, quadSwapY(half));
}

fn quad_sum(value: vec4<f32>) -> vec4<f32> {
  let half = value + quadSwapX(value);
  return half + quadSwapY(half);
}

// From the queries' order of one lane, which begins with its own, to the order of all.
fn in_order(value: vec4<f32>, lane: u32) -> vec4<f32> {
  let paired = select(value, value.yxwz, (lane & 1u) == 1u);
  return select(paired, paired.zwxy, lane >= 2u);
}

fn products(q0: vec4<f32>, q1: vec4<f32>, q2: vec4<f32>, q3: vec4<f32>, k: vec4<f32>) -> vec4<f32> {
  return vec4<f32>(dot(q0, k), dot(q1, k), dot(q2, k), dot(q3, k));
}

// Of slots `slot`, `slot` + 4, + 8 and + 12; `query` is where the lane's own query starts.
fn scores_at(tile: Tile, slot: u32, query: u32, lane: u32) -> Four {
  let at_a = key_at(tile.page, tile.kv_head, min(slot, tile.last));
  let at_b = key_at(tile.page, tile.kv_head, min(slot + 4u, tile.last));
  let at_c = key_at(tile.page, tile.kv_head, min(slot + 8u, tile.last));
  let at_d = key_at(tile.page, tile.kv_head, min(slot + 12u, tile.last));
  var s = Four();
  for (var quad = 0u; quad < quad_count; quad++) {
    let q0 = queries[query + quad];
    let q1 = quadSwapX(q0);
    let q2 = quadSwapY(q0);
    let q3 = quadSwapDiagonal(q0);
    s.a += products(q0, q1, q2, q3, key_quad(at_a, quad));
    s.b += products(q0, q1, q2, q3, key_quad(at_b, quad));
    s.c += products(q0, q1, q2, q3, key_quad(at_c, quad));
    s.d += products(q0, q1, q2, q3, key_quad(at_d, quad));
  }
  let scale = inverseSqrt(f32(head_dim));
  s.a = in_order(s.a, lane) * (scale * key_scale(at_a));
  s.b = in_order(s.b, lane) * (scale * key_scale(at_b));
  s.c = in_order(s.c, lane) * (scale * key_scale(at_c));
  s.d = in_order(s.d, lane) * (scale * key_scale(at_d));
  return s;
}

// Positions behind a query's own are not seen by it.
fn seen(s: Four, position: u32, lengths: vec4<u32>) -> Four {
  let lowest = vec4<f32>(LOWEST);
  return Four(
    select(lowest, s.a, vec4<u32>(position) < lengths),
    select(lowest, s.b, vec4<u32>(position + 4u) < lengths),
    select(lowest, s.c, vec4<u32>(position + 8u) < lengths),
    select(lowest, s.d, vec4<u32>(position + 12u) < lengths),
  );
}

fn peak_of(s: Four) -> vec4<f32> {
  return max(max(s.a, s.b), max(s.c, s.d));
}

fn weights_of(s: Four, peak: vec4<f32>) -> Four {
  return Four(
    weight_of(s.a, peak), weight_of(s.b, peak), weight_of(s.c, peak), weight_of(s.d, peak),
  );
}

fn sum_of(s: Four) -> vec4<f32> {
  return (s.a + s.b) + (s.c + s.d);
}

fn weighted(sums: mat4x4<f32>, tile: Tile, slot: u32, quad: u32, w: vec4<f32>) -> mat4x4<f32> {
  let at = value_at(tile.page, tile.kv_head, min(slot, tile.last));
  let value = value_quad(at, quad) * value_scale(at);
  return sums + mat4x4<f32>(w.x * value, w.y * value, w.z * value, w.w * value);
}

// Four slots, whose weights the four lanes have; `slot` is this lane's.
fn add_slots(sums: mat4x4<f32>, tile: Tile, slot: u32, quad: u32, w: vec4<f32>) -> mat4x4<f32> {
  let first = weighted(sums, tile, slot, quad, w);
  let second = weighted(first, tile, slot ^ 1u, quad, quadSwapX(w));
  let third = weighted(second, tile, slot ^ 2u, quad, quadSwapY(w));
  return weighted(third, tile, slot ^ 3u, quad, quadSwapDiagonal(w));
}

// Slots from `first` on, which is the same in all lanes.
fn add_values(
  sums: mat4x4<f32>, tile: Tile, first: u32, lane: u32, quad: u32, w: Four,
) -> mat4x4<f32> {
  var added = add_slots(sums, tile, first + lane, quad, w.a);
  if (tile.last >= first + 4u) {
    added = add_slots(added, tile, first + 4u + lane, quad, w.b);
  }
  if (tile.last >= first + 8u) {
    added = add_slots(added, tile, first + 8u + lane, quad, w.c);
  }
  if (tile.last >= first + 12u) {
    added = add_slots(added, tile, first + 12u + lane, quad, w.d);
  }
  return added;
}

fn out_at(owned: Owned, i: u32) -> u32 {
  return (row_of(owned, i) * head_count + head_of(owned, i)) * head_dim;
}

fn sums_so_far(owned: Owned, i: u32, quad: u32) -> vec4<f32> {
  var sums = vec4<f32>(0.0);
  if (i < owned.count) {
    let first = out_at(owned, i) + 4u * quad;
    for (var d = 0u; d < 4u && 4u * quad + d < head_dim; d++) {
      sums[d] = out[first + d];
    }
  }
  return sums;
}

fn put_row(owned: Owned, i: u32, quad: u32, value: vec4<f32>) {
  if (i >= owned.count) {
    return;
  }
  let first = out_at(owned, i) + 4u * quad;
  for (var d = 0u; d < 4u && 4u * quad + d < head_dim; d++) {
    out[first + d] = value[d];
  }
}

@compute @workgroup_size(4)
fn attention(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let owned = owned_by(workgroup.x, workgroups.x, workgroup.y);
  if (owned.count == 0u) {
    return;
  }
  // Rows of a tile follow each other: the last query sees most.
  let end = row_position(row_of(owned, owned.count - 1u)) + 1u;
  let lengths = lengths_of(owned);
  let own = min(lane, owned.count - 1u);
  let query = (row_of(owned, own) * head_count + head_of(owned, own)) * quad_count;
  var peak = vec4<f32>(LOWEST);
  var total = vec4<f32>(0.0);
  for (var first = 0u; first < end; first += PAGE_POSITIONS) {
    let last = min(PAGE_POSITIONS, end - first) - 1u;
    let tile = Tile(page_of(owned.first_row, first), owned.kv_head, last);
    var low = seen(scores_at(tile, lane, query, lane), first + lane, lengths);
    var high = no_scores();
    if (last >= 16u) {
      high = seen(scores_at(tile, 16u + lane, query, lane), first + 16u + lane, lengths);
    }
    let next_peak = max(peak, quad_max(max(peak_of(low), peak_of(high))));
    low = weights_of(low, next_peak);
    high = weights_of(high, next_peak);
    let correction = exp(peak - next_peak);
    peak = next_peak;
    total = total * correction + quad_sum(sum_of(low) + sum_of(high));
    let scale = select(vec4<f32>(1.0), 1.0 / total, first + PAGE_POSITIONS >= end);
    for (var quads = 0u; quads < quad_count; quads += 4u) {
      let quad = min(quads + lane, quad_count - 1u);
      var sums = mat4x4<f32>();
      if (first > 0u) {
        sums = mat4x4<f32>(
          sums_so_far(owned, 0u, quad) * correction.x,
          sums_so_far(owned, 1u, quad) * correction.y,
          sums_so_far(owned, 2u, quad) * correction.z,
          sums_so_far(owned, 3u, quad) * correction.w,
        );
      }
      sums = add_values(sums, tile, 0u, lane, quad, low);
      if (last >= 16u) {
        sums = add_values(sums, tile, 16u, lane, quad, high);
      }
      if (quads + lane < quad_count) {
        put_row(owned, 0u, quad, sums[0] * scale.x);
        put_row(owned, 1u, quad, sums[1] * scale.y);
        put_row(owned, 2u, quad, sums[2] * scale.z);
        put_row(owned, 3u, quad, sums[3] * scale.w);
      }
    }
  }
}
