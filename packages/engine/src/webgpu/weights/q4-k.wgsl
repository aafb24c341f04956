// 32 weights of one row, Q4_K: weight = d * scale * nibble - d_min * min. A row is chunk_count * 4
// words of nibbles (byte j of a chunk holds weights j and j + 16), then four words for each 256
// weights: d and d_min as f16, and GGUF's 12 bytes of packed 6-bit scales and mins; see
// row-layout.ts. The kernel declares `weights: array<u32>` and the override `chunk_count`.

const LANES = 32u;

fn words_per_row() -> u32 {
  return chunk_count * 4u + chunk_count / 8u * 4u;
}

fn nibbles(word: u32) -> vec4<f32> {
  let shifted = vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u);
  return vec4<f32>(bitcast<vec4<i32>>(shifted & vec4<u32>(15u)));
}

// Scale and min of sub-block `sub` (0 to 7), as ggml's get_scale_min_k4 reads them.
fn scale_and_min(header: u32, sub: u32) -> vec2<f32> {
  let shift = (sub & 3u) * 8u;
  let low = weights[header + LANES] >> shift;
  let mid = weights[header + 2u * LANES] >> shift;
  let high = weights[header + 3u * LANES] >> shift;
  let first = vec2<u32>(low & 63u, mid & 63u);
  let last = vec2<u32>(
    (high & 15u) | ((low >> 2u) & 48u),
    ((high >> 4u) & 15u) | ((mid >> 2u) & 48u),
  );
  return vec2<f32>(select(last, first, sub < 4u));
}

// `base` is the index of the row's word 0: word w lies LANES * w further.
fn load_chunk(base: u32, chunk: u32) -> array<vec4<f32>, 8> {
  let header = base + (chunk_count * 4u + chunk / 8u * 4u) * LANES;
  let factors = unpack2x16float(weights[header]) * scale_and_min(header, chunk & 7u);
  let first = base + chunk * 4u * LANES;
  let words = vec4<u32>(
    weights[first],
    weights[first + LANES],
    weights[first + 2u * LANES],
    weights[first + 3u * LANES],
  );
  return array<vec4<f32>, 8>(
    factors.x * nibbles(words.x) - vec4<f32>(factors.y),
    factors.x * nibbles(words.y) - vec4<f32>(factors.y),
    factors.x * nibbles(words.z) - vec4<f32>(factors.y),
    factors.x * nibbles(words.w) - vec4<f32>(factors.y),
    factors.x * nibbles(words.x >> 4u) - vec4<f32>(factors.y),
    factors.x * nibbles(words.y >> 4u) - vec4<f32>(factors.y),
    factors.x * nibbles(words.z >> 4u) - vec4<f32>(factors.y),
    factors.x * nibbles(words.w >> 4u) - vec4<f32>(factors.y),
  );
}
