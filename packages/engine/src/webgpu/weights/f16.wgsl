// Weights of one row, F16. A row is chunk_count * 16 words of two halves, zero-padded; see
// row-layout.ts. The kernel has `word_at` (words-buffer, words-texture) and `shape`.

const LANES = 32u;
const HAS_MINIMUM = false;

struct Pair {
  low: vec4<f32>,
  high: vec4<f32>,
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 16u;
}

fn chunk_scales(base: u32, chunk: u32) -> vec3<f32> {
  return vec3<f32>(1.0, 1.0, 0.0);
}

fn four(at: u32) -> vec4<f32> {
  return vec4<f32>(unpack2x16float(word_at(at)), unpack2x16float(word_at(at + LANES)));
}

fn chunk_pair(base: u32, chunk: u32, i: u32) -> Pair {
  let at = base + (chunk * 16u + i * 2u) * LANES;
  return Pair(four(at), four(at + 8u * LANES));
}
