// Writes what read-q8 reads. The invocation of quad 0 also writes the scale, which
// takes the whole head: the kernel has it in `placed`.

@group(0) @binding(7) var<storage, read_write> keys: array<u32>;
@group(0) @binding(8) var<storage, read_write> values: array<u32>;

fn head_peak() -> f32 {
  var peak = vec4<f32>(0.0);
  for (var i = 0u; i < quad_count; i++) {
    peak = max(peak, abs(placed[i]));
  }
  return max(max(peak.x, peak.y), max(peak.z, peak.w));
}

// A head that is not finite keeps its scale, so that what reads it is not finite either.
fn quantise(value: vec4<f32>, peak: f32) -> u32 {
  return pack4x8snorm(value / max(peak, 1.0e-30));
}

fn store_key(page: u32, kv_head: u32, slot: u32, quad: u32, value: vec4<f32>) {
  let head = (page * kv_head_count + kv_head) * (quad_count + 1u);
  let peak = head_peak();
  keys[(head + quad) * PAGE_POSITIONS + slot] = quantise(value, peak);
  if (quad == 0u) {
    keys[(head + quad_count) * PAGE_POSITIONS + slot] = bitcast<u32>(peak);
  }
}

fn store_value(page: u32, kv_head: u32, slot: u32, quad: u32, value: vec4<f32>) {
  let head = (page * kv_head_count + kv_head) * PAGE_POSITIONS;
  let at = (head + slot) * (quad_count + 1u);
  let peak = head_peak();
  values[at + quad] = quantise(value, peak);
  if (quad == 0u) {
    values[at + quad_count] = bitcast<u32>(peak);
  }
}
