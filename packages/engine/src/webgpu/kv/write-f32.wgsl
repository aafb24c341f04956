// Writes what read-f32 reads.

@group(0) @binding(7) var<storage, read_write> keys: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> values: array<vec4<f32>>;

fn store_key(page: u32, kv_head: u32, slot: u32, quad: u32, value: vec4<f32>) {
  let head = (page * kv_head_count + kv_head) * quad_count;
  keys[(head + quad) * PAGE_POSITIONS + slot] = value;
}

fn store_value(page: u32, kv_head: u32, slot: u32, quad: u32, value: vec4<f32>) {
  let head = (page * kv_head_count + kv_head) * PAGE_POSITIONS;
  values[(head + slot) * quad_count + quad] = value;
}
