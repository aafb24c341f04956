// y[t, offset + r] (+)= sum over c of W[r, c] * x[first_row + t, c], for a few rows t.
//
// One workgroup owns 32 weight rows (a group of the layout) and up to 8 tokens; one invocation owns
// one weight row, or one slice of its columns, of all 8: each weight is unpacked once for them.
// Prepended: params and the weight type's load_chunk. Sums in f32.

override column_count: u32;
override chunk_count: u32;
override slice_count: u32;
override row_count: u32;
override out_offset: u32;
override out_stride: u32;
// Adds to what `out` holds: the residual of an output projection.
override accumulates: bool;

@group(0) @binding(1) var<storage, read> weights: array<u32>;
// [rows, column_count]
@group(0) @binding(2) var<storage, read> x: array<f32>;
// [rows, out_stride]
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

const TOKENS = 8u;
const TILE_CHUNKS = 8u;

// Columns of the tile for tokens 0 to 3 and for tokens 4 to 7.
var<workgroup> x_low: array<vec4<f32>, 256>;
var<workgroup> x_high: array<vec4<f32>, 256>;
var<workgroup> partials: array<vec4<f32>, 32u * slice_count>;

struct Sums {
  low: vec4<f32>,
  high: vec4<f32>,
}

fn input_at(token: u32, column: u32) -> f32 {
  if (token >= params.token_count || column >= column_count) {
    return 0.0;
  }
  return x[(params.first_row + token) * column_count + column];
}

fn stage_tile(first_token: u32, first_column: u32, invocation: u32) {
  let columns = min(TILE_CHUNKS * 32u, chunk_count * 32u - first_column);
  for (var i = invocation; i < columns; i += LANES * slice_count) {
    let c = first_column + i;
    x_low[i] = vec4<f32>(
      input_at(first_token, c),
      input_at(first_token + 1u, c),
      input_at(first_token + 2u, c),
      input_at(first_token + 3u, c),
    );
    x_high[i] = vec4<f32>(
      input_at(first_token + 4u, c),
      input_at(first_token + 5u, c),
      input_at(first_token + 6u, c),
      input_at(first_token + 7u, c),
    );
  }
}

fn multiply_four(sums: Sums, w: vec4<f32>, at: u32) -> Sums {
  return Sums(
    sums.low + w.x * x_low[at] + w.y * x_low[at + 1u] + w.z * x_low[at + 2u]
      + w.w * x_low[at + 3u],
    sums.high + w.x * x_high[at] + w.y * x_high[at + 1u] + w.z * x_high[at + 2u]
      + w.w * x_high[at + 3u],
  );
}

fn add_slices(value: vec4<f32>, invocation: u32) -> vec4<f32> {
  if (slice_count == 1u) {
    return value;
  }
  partials[invocation] = value;
  workgroupBarrier();
  var total = vec4<f32>(0.0);
  if (invocation < LANES) {
    for (var i = 0u; i < slice_count; i++) {
      total += partials[invocation + i * LANES];
    }
  }
  workgroupBarrier();
  return total;
}

fn store(row: u32, token: u32, value: f32) {
  if (token >= params.token_count) {
    return;
  }
  let at = token * out_stride + out_offset + row;
  if (accumulates) {
    out[at] += value;
  } else {
    out[at] = value;
  }
}

@compute @workgroup_size(32, slice_count)
fn mat_vec_rows(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let row_group = workgroup.x + workgroup.y * workgroups.x;
  if (row_group * LANES >= row_count) {
    return;
  }
  let first_token = workgroup.z * TOKENS;
  let base = row_group * words_per_row() * LANES + local.x;
  var sums = Sums(vec4<f32>(0.0), vec4<f32>(0.0));
  for (var first = 0u; first < chunk_count; first += TILE_CHUNKS) {
    stage_tile(first_token, first * 32u, invocation);
    workgroupBarrier();
    let end = min(first + TILE_CHUNKS, chunk_count);
    for (var chunk = first + local.y; chunk < end; chunk += slice_count) {
      let w = load_chunk(base, chunk);
      let at = (chunk - first) * 32u;
      sums = multiply_four(sums, w[0], at);
      sums = multiply_four(sums, w[1], at + 4u);
      sums = multiply_four(sums, w[2], at + 8u);
      sums = multiply_four(sums, w[3], at + 12u);
      sums = multiply_four(sums, w[4], at + 16u);
      sums = multiply_four(sums, w[5], at + 20u);
      sums = multiply_four(sums, w[6], at + 24u);
      sums = multiply_four(sums, w[7], at + 28u);
    }
    workgroupBarrier();
  }
  let low = add_slices(sums.low, invocation);
  let high = add_slices(sums.high, invocation);
  let row = row_group * LANES + local.x;
  if (local.y == 0u && row < row_count) {
    store(row, first_token, low.x);
    store(row, first_token + 1u, low.y);
    store(row, first_token + 2u, low.z);
    store(row, first_token + 3u, low.w);
    store(row, first_token + 4u, high.x);
    store(row, first_token + 5u, high.y);
    store(row, first_token + 6u, high.z);
    store(row, first_token + 7u, high.w);
  }
}
