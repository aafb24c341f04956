// out = a x b for square matrices of `size` (a multiple of 64) of signed bytes, four to a word: what the
// adapter computes with packed dot products.
//
// One workgroup owns a tile of 64 x 64, each of its 256 invocations 4 x 4 of it.
requires packed_4x8_integer_dot_product;

override size: u32;

// Words of four along k; rows of words hold 64 rows of a, or columns of b, side by side.
@group(0) @binding(0) var<storage, read> a: array<vec4u>;
@group(0) @binding(1) var<storage, read> b: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4i>;

var<workgroup> tile_a: array<vec4u, 256>;
var<workgroup> tile_b: array<vec4u, 256>;

fn dots(left: u32, right: vec4u) -> vec4i {
  return vec4i(dot4I8Packed(left, right.x), dot4I8Packed(left, right.y),
               dot4I8Packed(left, right.z), dot4I8Packed(left, right.w));
}

@compute @workgroup_size(256)
fn mat_mul(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let quads = size / 4u;
  let row = local / 16u;
  let column = local % 16u;
  var sums = array<vec4i, 4>();
  for (var k = 0u; k < size / 4u; k += 16u) {
    tile_a[local] = a[(k + row) * quads + group.y * 16u + column];
    tile_b[local] = b[(k + row) * quads + group.x * 16u + column];
    workgroupBarrier();
    for (var i = 0u; i < 16u; i += 1u) {
      let left = tile_a[i * 16u + row];
      let right = tile_b[i * 16u + column];
      sums[0] += dots(left.x, right);
      sums[1] += dots(left.y, right);
      sums[2] += dots(left.z, right);
      sums[3] += dots(left.w, right);
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i += 1u) {
    out[(group.y * 64u + row * 4u + i) * quads + group.x * 16u + column] = sums[i];
  }
}
