// out[t, r] = silu(gate[t, r]) * up[t, r], the gate in columns 0 and on of the input, the up part
// from column up_offset on.
//
// One invocation owns one element. Precision: exp of the platform, at least 3 ulp.

override row_count: u32;
override up_offset: u32;
override in_stride: u32;

// [rows, in_stride]
@group(0) @binding(1) var<storage, read> gate_up: array<f32>;
// [rows, row_count]
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn swiglu(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let i = (workgroup.x + workgroup.y * workgroups.x) * 64u + invocation;
  if (i >= params.token_count * row_count) {
    return;
  }
  let first = i / row_count * in_stride + i % row_count;
  let gate = gate_up[first];
  out[i] = gate / (1.0 + exp(-gate)) * gate_up[first + up_offset];
}
