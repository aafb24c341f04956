// Keys and values of the cache in f16, two words a quad; as read-f32 otherwise. Needs no
// shader-f16.

// [pages, kv_head_count, quad_count, 32]
@group(0) @binding(3) var<storage, read> keys: array<vec2<u32>>;
// [pages, kv_head_count, 32, quad_count]
@group(0) @binding(4) var<storage, read> values: array<vec2<u32>>;

fn unpack_quad(words: vec2<u32>) -> vec4<f32> {
  return vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y));
}

fn key_at(page: u32, kv_head: u32, slot: u32) -> u32 {
  return (page * kv_head_count + kv_head) * quad_count * PAGE_POSITIONS + slot;
}

fn key_scale(at: u32) -> f32 {
  return 1.0;
}

fn key_quad(at: u32, quad: u32) -> vec4<f32> {
  return unpack_quad(keys[at + quad * PAGE_POSITIONS]);
}

fn value_at(page: u32, kv_head: u32, slot: u32) -> u32 {
  return ((page * kv_head_count + kv_head) * PAGE_POSITIONS + slot) * quad_count;
}

fn value_scale(at: u32) -> f32 {
  return 1.0;
}

fn value_quad(at: u32, quad: u32) -> vec4<f32> {
  return unpack_quad(values[at + quad]);
}
