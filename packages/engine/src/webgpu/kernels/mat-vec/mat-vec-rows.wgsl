// y[t, offset + r] (+)= sum over c of W[r, c] * x[first_row + t, c], for a few rows t.
//
// One workgroup owns 32 weight rows (a group of the layout) and up to 8 tokens; one invocation owns
// one weight row, or one slice of its columns, of all 8: each weight is unpacked once for them.
// Prepended: params, shape and the weight type's reader. Sums in f32.

override slice_count: u32;
// Chunks of x that are staged at a time: see staged-row.
override tile_chunks: u32;

@group(0) @binding(2) var<storage, read> weights: array<u32>;
// [rows, column_count]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [rows, out_stride]
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

const TOKENS = 8u;

// Columns of the tile for tokens 0 to 3 and for tokens 4 to 7.
var<workgroup> x_low: array<vec4<f32>, tile_chunks * 32u>;
var<workgroup> x_high: array<vec4<f32>, tile_chunks * 32u>;
var<workgroup> partials: array<vec4<f32>, 32u * slice_count>;

fn input_at(token: u32, column: u32) -> f32 {
  if (token >= params.token_count || column >= shape.column_count) {
    return 0.0;
  }
  return x[(params.first_row + token) * shape.column_count + column];
}

fn stage_tile(first_token: u32, first_column: u32, invocation: u32) {
  let columns = min(tile_chunks * 32u, shape.chunk_count * 32u - first_column);
  for (var i = invocation; i < columns; i += LANES * slice_count) {
    var values = array<vec4<f32>, 2>();
    for (var t = 0u; t < TOKENS; t++) {
      values[t / 4u][t % 4u] = input_at(first_token + t, first_column + i);
    }
    x_low[i] = values[0];
    x_high[i] = values[1];
  }
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

@compute @workgroup_size(32, slice_count)
fn mat_vec_rows(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let row_group = workgroup.x + workgroup.y * workgroups.x;
  if (row_group * LANES >= shape.row_count) {
    return;
  }
  let first_token = workgroup.z * TOKENS;
  let base = row_group * words_per_row() * LANES + local.x;
  var low = vec4<f32>(0.0);
  var high = vec4<f32>(0.0);
  for (var first = 0u; first < shape.chunk_count; first += tile_chunks) {
    stage_tile(first_token, first * 32u, invocation);
    workgroupBarrier();
    let end = min(first + tile_chunks, shape.chunk_count);
    for (var chunk = first + local.y; chunk < end; chunk += slice_count) {
      let scales = chunk_scales(base, chunk);
      for (var i = 0u; i < 4u; i++) {
        let w = chunk_pair(base, chunk, i);
        let at = (chunk - first) * 32u + i * 4u;
        let a = scales.x * w.low - scales.z;
        let b = scales.y * w.high - scales.z;
        for (var c = 0u; c < 4u; c++) {
          low += a[c] * x_low[at + c] + b[c] * x_low[at + 16u + c];
          high += a[c] * x_high[at + c] + b[c] * x_high[at + 16u + c];
        }
      }
    }
    workgroupBarrier();
  }
  let sums = array<vec4<f32>, 2>(add_slices(low, invocation), add_slices(high, invocation));
  let row = row_group * LANES + local.x;
  if (local.y == 0u && row < shape.row_count) {
    for (var t = 0u; t < TOKENS; t++) {
      if (first_token + t < params.token_count) {
        let at = (first_token + t) * shape.out_stride + shape.out_offset + row;
        let residual = select(0.0, out[at], shape.accumulates == 1u);
        out[at] = residual + sums[t / 4u][t % 4u];
      }
    }
  }
}
