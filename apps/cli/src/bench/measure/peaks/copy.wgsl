// out[i] = in[i]: what the adapter's memory carries, read and written.
//
// One invocation owns one vector of 16 bytes; neighbours touch neighbouring vectors.

@group(0) @binding(0) var<storage, read> source: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4u>;

@compute @workgroup_size(256)
fn copy(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 256u + local;
  if (i < arrayLength(&source)) {
    target_[i] = source[i];
  }
}
