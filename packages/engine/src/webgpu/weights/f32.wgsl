// Weights of one row, F32. A row is chunk_count * 32 words, zero-padded; see row-layout.ts.
// The kernel has `word_at` (words-buffer, words-texture) and `shape`.

const LANES = 32u;
const HAS_MINIMUM = false;

struct Pair {
  low: vec4<f32>,
  high: vec4<f32>,
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 32u;
}

fn chunk_scales(base: u32, chunk: u32) -> vec3<f32> {
  return vec3<f32>(1.0, 1.0, 0.0);
}

fn four(at: u32) -> vec4<f32> {
  return bitcast<vec4<f32>>(vec4<u32>(
    word_at(at),
    word_at(at + LANES),
    word_at(at + 2u * LANES),
    word_at(at + 3u * LANES),
  ));
}

fn chunk_pair(base: u32, chunk: u32, i: u32) -> Pair {
  let at = base + (chunk * 32u + i * 4u) * LANES;
  return Pair(four(at), four(at + 16u * LANES));
}
