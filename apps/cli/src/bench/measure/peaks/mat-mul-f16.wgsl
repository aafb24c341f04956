// out = a x b for square matrices of `size` (a multiple of 64): what the adapter computes with f16.
//
// One workgroup owns a tile of 64 x 64, each of its 256 invocations 4 x 4 of it. Tiles of 16 columns of
// a and 16 rows of b pass through workgroup memory.

enable f16;

override size: u32;

@group(0) @binding(0) var<storage, read> a: array<vec4<f16>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f16>>;

// Columns of a: `tile_a[k * 16 + row / 4]`.
var<workgroup> tile_a: array<vec4<f16>, 256>;
var<workgroup> tile_b: array<vec4<f16>, 256>;

@compute @workgroup_size(256)
fn mat_mul(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let quads = size / 4u;
  let row = local / 16u;
  let column = local % 16u;
  var sums = array<vec4<f16>, 4>();
  for (var k = 0u; k < size; k += 16u) {
    // b's rows k..k+16, 16 vectors each; a is given transposed, so its columns are rows too.
    tile_a[local] = a[(k + row) * quads + group.y * 16u + column];
    tile_b[local] = b[(k + row) * quads + group.x * 16u + column];
    workgroupBarrier();
    for (var i = 0u; i < 16u; i += 1u) {
      let left = tile_a[i * 16u + row];
      let right = tile_b[i * 16u + column];
      sums[0] = fma(vec4<f16>(left.x), right, sums[0]);
      sums[1] = fma(vec4<f16>(left.y), right, sums[1]);
      sums[2] = fma(vec4<f16>(left.z), right, sums[2]);
      sums[3] = fma(vec4<f16>(left.w), right, sums[3]);
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i += 1u) {
    out[(group.y * 64u + row * 4u + i) * quads + group.x * 16u + column] = sums[i];
  }
}
