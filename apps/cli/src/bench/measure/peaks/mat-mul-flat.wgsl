// out = a x b for square matrices of `size` (a multiple of 64), in f32 and without workgroup memory: the
// faster one where barriers are emulated.
//
// One invocation owns 4 rows of a vector of columns.

override size: u32;

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(256)
fn mat_mul(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let quads = size / 4u;
  let row = group.y * 16u + local / 16u;
  let column = group.x * 16u + local % 16u;
  var sums = array<vec4f, 4>();
  for (var k = 0u; k < size; k += 1u) {
    // a is given transposed.
    let left = a[k * quads + row];
    let right = b[k * quads + column];
    sums[0] = fma(vec4f(left.x), right, sums[0]);
    sums[1] = fma(vec4f(left.y), right, sums[1]);
    sums[2] = fma(vec4f(left.z), right, sums[2]);
    sums[3] = fma(vec4f(left.w), right, sums[3]);
  }
  for (var i = 0u; i < 4u; i += 1u) {
    out[(row * 4u + i) * quads + column] = sums[i];
  }
}
