// What every form of attention shares: which four queries a workgroup owns. They read the same
// key/value head: heads of a group of the same row, and in prefill rows of the same session.
// Prepended: page.

override head_count: u32;

// [rows, head_count, quad_count]: in the order of pairs, as keys are
@group(0) @binding(2) var<storage, read> queries: array<vec4<f32>>;

// Below every score that f32 can produce from finite inputs worth keeping; exp of it is 0.
const LOWEST = -3.0e38;

// Which four queries a workgroup owns: entries entry, entry + 1, ... of the rows of a tile times
// the heads of a group.
struct Owned {
  kv_head: u32,
  first_row: u32,
  entry: u32,
  // How many of the four exist; none where the workgroup has no work.
  count: u32,
}

fn heads_per_group() -> u32 {
  return head_count / kv_head_count;
}

// Workgroups along x are the fours of every key/value head, along y the tiles.
fn owned_by(x: u32, x_count: u32, tile: u32) -> Owned {
  let fours = x_count / kv_head_count;
  let entry = x % fours * 4u;
  let first_row = rows[TILES_AT + 2u * tile];
  let entries = rows[TILES_AT + 2u * tile + 1u] * heads_per_group();
  return Owned(x / fours, first_row, entry, min(entries - min(entry, entries), 4u));
}

fn row_of(owned: Owned, i: u32) -> u32 {
  return owned.first_row + (owned.entry + i) / heads_per_group();
}

fn head_of(owned: Owned, i: u32) -> u32 {
  return owned.kv_head * heads_per_group() + (owned.entry + i) % heads_per_group();
}

// Positions that each query sees; queries that do not exist see the first one's.
fn lengths_of(owned: Owned) -> vec4<u32> {
  var lengths = vec4<u32>();
  for (var i = 0u; i < 4u; i++) {
    lengths[i] = row_position(row_of(owned, select(0u, i, i < owned.count))) + 1u;
  }
  return lengths;
}

// Where nothing was seen the peak is no score either, and exp(LOWEST - peak) would be 1. A score that is
// NaN, of a key that did not fit into its type, is not below anything: it must spoil what it weighs.
fn weight_of(scores: vec4<f32>, peak: vec4<f32>) -> vec4<f32> {
  return select(exp(scores - peak), vec4<f32>(0.0), scores <= vec4<f32>(LOWEST));
}
