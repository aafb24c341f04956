// packed[t] = norm(x)[first_row + t], four columns a texel and a row a line, for products that sample their
// inputs (kernels/quad-tokens). Columns behind the last one, up to a whole chunk, are 0.
//
// One workgroup of 4 owns one row t; one invocation every fourth texel. The four hand each other their
// sums of squares, so there is no workgroup memory and no barrier. Prepended: subgroups, params.

override column_count: u32;
override has_norm: bool;
override norm_epsilon: f32;

// [rows, column_count]
@group(0) @binding(1) var<storage, read> x: array<f32>;
// [column_count]; bound to anything where has_norm is false.
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var packed: texture_storage_2d<rgba32float, write>;

const TEXELS_PER_CHUNK = 8u;

fn value_at(start: u32, column: u32) -> f32 {
  return select(0.0, x[start + column], column < column_count);
}

fn texel_at(start: u32, column: u32) -> vec4<f32> {
  return vec4<f32>(
    value_at(start, column),
    value_at(start, column + 1u),
    value_at(start, column + 2u),
    value_at(start, column + 3u),
  );
}

fn gains_at(column: u32) -> vec4<f32> {
  return vec4<f32>(gain[column], gain[column + 1u], gain[column + 2u], gain[column + 3u]);
}

@compute @workgroup_size(4)
fn pack_inputs(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = workgroup.x;
  let start = (params.first_row + row) * column_count;
  let texel_count = (column_count + 31u) / 32u * TEXELS_PER_CHUNK;
  var squares = 0.0;
  if (has_norm) {
    for (var i = lane; i < texel_count; i += 4u) {
      let values = texel_at(start, i * 4u);
      squares += dot(values, values);
    }
  }
  let half = squares + quadSwapX(squares);
  let total = half + quadSwapY(half);
  let scale = inverseSqrt(total / f32(column_count) + norm_epsilon);
  for (var i = lane; i < texel_count; i += 4u) {
    var values = texel_at(start, i * 4u);
    if (has_norm) {
      values *= scale * gains_at(i * 4u);
    }
    textureStore(packed, vec2<u32>(i, row), values);
  }
}
