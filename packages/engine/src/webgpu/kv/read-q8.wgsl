// Keys and values of the cache in 8 bits, one word a quad, and after the last quad the scale of
// that position and head: the largest magnitude among its dimensions. As read-f32 otherwise.

// [pages, kv_head_count, quad_count + 1, 32]
@group(0) @binding(3) var<storage, read> keys: array<u32>;
// [pages, kv_head_count, 32, quad_count + 1]
@group(0) @binding(4) var<storage, read> values: array<u32>;

fn key_at(page: u32, kv_head: u32, slot: u32) -> u32 {
  return (page * kv_head_count + kv_head) * (quad_count + 1u) * PAGE_POSITIONS + slot;
}

fn key_scale(at: u32) -> f32 {
  return bitcast<f32>(keys[at + quad_count * PAGE_POSITIONS]);
}

fn key_quad(at: u32, quad: u32) -> vec4<f32> {
  return unpack4x8snorm(keys[at + quad * PAGE_POSITIONS]);
}

fn value_at(page: u32, kv_head: u32, slot: u32) -> u32 {
  return ((page * kv_head_count + kv_head) * PAGE_POSITIONS + slot) * (quad_count + 1u);
}

fn value_scale(at: u32) -> f32 {
  return bitcast<f32>(values[at + quad_count]);
}

fn value_quad(at: u32, quad: u32) -> vec4<f32> {
  return unpack4x8snorm(values[at + quad]);
}
