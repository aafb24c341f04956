// Weights of one row, Q4_0: scale * (nibble - 8). A row is chunk_count * 4 words (byte j of a chunk
// holds weights j and j + 16, the topmost bit of a word is flipped), then one word for the f16 scales of
// each two chunks; see row-layout.ts and encode-row.ts. The kernel has `word_at` (words-buffer, words-texture) and `shape`.

const LANES = 32u;
const HAS_MINIMUM = false;

struct Pair {
  low: vec4<f32>,
  high: vec4<f32>,
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 4u + (shape.chunk_count + 1u) / 2u;
}

fn chunk_scales(base: u32, chunk: u32) -> vec3<f32> {
  let scales = unpack2x16float(word_at(base + (shape.chunk_count * 4u + chunk / 2u) * LANES));
  let scale = select(scales.x, scales.y, (chunk & 1u) == 1u);
  return vec3<f32>(scale, scale, 0.0);
}

fn nibbles(word: u32) -> vec4<f32> {
  let shifted = vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u);
  return vec4<f32>(bitcast<vec4<i32>>(shifted & vec4<u32>(15u)) - vec4<i32>(8));
}

fn chunk_pair(base: u32, chunk: u32, i: u32) -> Pair {
  let word = word_at(base + (chunk * 4u + i) * LANES) ^ 0x80000000u;
  return Pair(nibbles(word), nibbles(word >> 4u));
}
