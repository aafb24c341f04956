// Weights of one row, Q6_K: d * scale * (q - 32), one i8 scale for 16 weights and one f16 d for 256.
// A row is chunk_count * 4 words of low nibbles (byte j of a chunk holds weights j and j + 16),
// chunk_count * 2 words of the upper two bits (byte b of word h holds weights 16 h + 4 k + b at bits
// 2 k), then four words of scales and one of d for each 256 weights; see row-layout.ts.
// The kernel has `word_at` (words-buffer, words-texture) and `shape`.

const LANES = 32u;
const HAS_MINIMUM = false;

struct Pair {
  low: vec4<f32>,
  high: vec4<f32>,
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 6u + shape.chunk_count / 8u * 5u;
}

fn chunk_scales(base: u32, chunk: u32) -> vec3<f32> {
  let footer = base + (shape.chunk_count * 6u + chunk / 8u * 5u) * LANES;
  let d = unpack2x16float(word_at(footer + 4u * LANES)).x;
  let word = word_at(footer + (chunk & 7u) / 2u * LANES) >> ((chunk & 1u) * 16u);
  let scales = bitcast<vec2<i32>>(vec2<u32>(word) << vec2<u32>(24u, 16u)) >> vec2<u32>(24u);
  return vec3<f32>(d * vec2<f32>(scales), 0.0);
}

fn six_bits(low: u32, high: u32) -> vec4<f32> {
  let shift = vec4<u32>(0u, 8u, 16u, 24u);
  let q = ((vec4<u32>(low) >> shift) & vec4<u32>(15u))
    | (((vec4<u32>(high) >> shift) & vec4<u32>(3u)) << vec4<u32>(4u));
  return vec4<f32>(bitcast<vec4<i32>>(q) - vec4<i32>(32));
}

fn chunk_pair(base: u32, chunk: u32, i: u32) -> Pair {
  let low = word_at(base + (chunk * 4u + i) * LANES);
  let upper = base + (shape.chunk_count * 4u + chunk * 2u) * LANES;
  let shift = 2u * i;
  return Pair(
    six_bits(low, word_at(upper) >> shift),
    six_bits(low >> 4u, word_at(upper + LANES) >> shift),
  );
}
