// 32 weights of one row, Q4_0: weight = scale * (nibble - 8). A row is chunk_count * 4 words (byte j
// of a chunk holds weights j and j + 16), then one word for the f16 scales of each two chunks; see
// row-layout.ts. The kernel declares `weights: array<u32>` and the override `chunk_count`.

const LANES = 32u;

fn words_per_row() -> u32 {
  return chunk_count * 4u + (chunk_count + 1u) / 2u;
}

fn nibbles(word: u32) -> vec4<f32> {
  let shifted = vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u);
  return vec4<f32>(bitcast<vec4<i32>>(shifted & vec4<u32>(15u)) - vec4<i32>(8));
}

// `base` is the index of the row's word 0: word w lies LANES * w further.
fn load_chunk(base: u32, chunk: u32) -> array<vec4<f32>, 8> {
  let pair = unpack2x16float(weights[base + (chunk_count * 4u + chunk / 2u) * LANES]);
  let scale = select(pair.x, pair.y, (chunk & 1u) == 1u);
  let first = base + chunk * 4u * LANES;
  let words = vec4<u32>(
    weights[first],
    weights[first + LANES],
    weights[first + 2u * LANES],
    weights[first + 3u * LANES],
  );
  return array<vec4<f32>, 8>(
    scale * nibbles(words.x),
    scale * nibbles(words.y),
    scale * nibbles(words.z),
    scale * nibbles(words.w),
    scale * nibbles(words.x >> 4u),
    scale * nibbles(words.y >> 4u),
    scale * nibbles(words.z >> 4u),
    scale * nibbles(words.w >> 4u),
  );
}
