// Writes what read-f16 reads. WGSL leaves open what numbers beyond f16 become. Trained models have
// no such keys or values; they are stored as NaN, and the step that meets them fails.

@group(0) @binding(7) var<storage, read_write> keys: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read_write> values: array<vec2<u32>>;

fn pack_quad(x: vec4<f32>) -> vec2<u32> {
  let packed = vec2<u32>(pack2x16float(x.xy), pack2x16float(x.zw));
  return select(packed, vec2<u32>(0x7e007e00u), any(abs(x) > vec4<f32>(65504.0)));
}

fn store_key(page: u32, kv_head: u32, slot: u32, quad: u32, value: vec4<f32>) {
  let head = (page * kv_head_count + kv_head) * quad_count;
  keys[(head + quad) * PAGE_POSITIONS + slot] = pack_quad(value);
}

fn store_value(page: u32, kv_head: u32, slot: u32, quad: u32, value: vec4<f32>) {
  let head = (page * kv_head_count + kv_head) * PAGE_POSITIONS;
  values[(head + slot) * quad_count + quad] = pack_quad(value);
}
