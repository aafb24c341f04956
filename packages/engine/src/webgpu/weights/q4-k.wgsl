// Weights of one row, Q4_K: d * scale * nibble - d_min * minimum. A row is chunk_count * 4 words of
// nibbles (byte j of a chunk holds weights j and j + 16), then four words for each 256 weights: d and
// d_min as f16, and GGUF's 12 bytes of packed 6-bit scales and minima; see row-layout.ts.
// The kernel has `word_at` (words-buffer, words-texture) and `shape`.

const LANES = 32u;
const HAS_MINIMUM = true;

struct Pair {
  low: vec4<f32>,
  high: vec4<f32>,
}

fn words_per_row() -> u32 {
  return shape.chunk_count * 4u + shape.chunk_count / 8u * 4u;
}

// As ggml's get_scale_min_k4 reads them.
fn chunk_scales(base: u32, chunk: u32) -> vec3<f32> {
  let header = base + (shape.chunk_count * 4u + chunk / 8u * 4u) * LANES;
  let factors = unpack2x16float(word_at(header));
  let shift = (chunk & 3u) * 8u;
  let low = word_at(header + LANES) >> shift;
  let mid = word_at(header + 2u * LANES) >> shift;
  let high = word_at(header + 3u * LANES) >> shift;
  let first = vec2<u32>(low & 63u, mid & 63u);
  let last = vec2<u32>(
    (high & 15u) | ((low >> 2u) & 48u),
    ((high >> 4u) & 15u) | ((mid >> 2u) & 48u),
  );
  let scaled = factors * vec2<f32>(select(last, first, (chunk & 7u) < 4u));
  return vec3<f32>(scaled.x, scaled.x, scaled.y);
}

fn nibbles(word: u32) -> vec4<f32> {
  let shifted = vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u);
  return vec4<f32>(bitcast<vec4<i32>>(shifted & vec4<u32>(15u)));
}

fn chunk_pair(base: u32, chunk: u32, i: u32) -> Pair {
  let word = word_at(base + (chunk * 4u + i) * LANES);
  return Pair(nibbles(word), nibbles(word >> 4u));
}
