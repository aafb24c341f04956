// Weights of one row, Q8_0: scale * i8. A row is chunk_count * 8 words of four quants (the first
// three plus 128), then one word for the f16 scales of each two chunks; see row-layout.ts and
// encode-row.ts.
// The kernel has `word_at` (words-buffer, words-texture) and `shape`.

const LANES = 32u;
const HAS_MINIMUM = false;

struct Pair {
  low: vec4<f32>,
  high: vec4<f32>,
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 8u + (shape.chunk_count + 1u) / 2u;
}

fn chunk_scales(base: u32, chunk: u32) -> vec3<f32> {
  let scales = unpack2x16float(word_at(base + (shape.chunk_count * 8u + chunk / 2u) * LANES));
  let scale = select(scales.x, scales.y, (chunk & 1u) == 1u);
  return vec3<f32>(scale, scale, 0.0);
}

fn signed_bytes(word: u32) -> vec4<f32> {
  let shifted = vec4<u32>(word ^ 0x00808080u) << vec4<u32>(24u, 16u, 8u, 0u);
  return vec4<f32>(bitcast<vec4<i32>>(shifted) >> vec4<u32>(24u));
}

fn chunk_pair(base: u32, chunk: u32, i: u32) -> Pair {
  let at = base + (chunk * 8u + i) * LANES;
  return Pair(signed_bytes(word_at(at)), signed_bytes(word_at(at + 4u * LANES)));
}
