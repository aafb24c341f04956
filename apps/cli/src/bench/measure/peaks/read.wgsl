// Reads all of `source` and writes next to nothing: what decode could take its weights with.
//
// One workgroup owns 4096 vectors; its invocations read neighbouring ones, 16 each.

@group(0) @binding(0) var<storage, read> source: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4u>;

@compute @workgroup_size(256)
fn read_all(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) local: u32) {
  let first = (group.x + group.y * groups.x) * 4096u + local;
  var sum = vec4u(0u);
  for (var i = 0u; i < 16u; i += 1u) {
    let at = first + i * 256u;
    if (at < arrayLength(&source)) {
      sum ^= source[at];
    }
  }
  // Never so for the zeros it is given, but the compiler cannot know.
  if (all(sum == vec4u(0x5eed5eedu))) {
    target_[0] = sum;
  }
}
