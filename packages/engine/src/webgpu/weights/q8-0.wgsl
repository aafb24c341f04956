// 32 weights of one row, Q8_0: weight = scale * i8. A row is chunk_count * 8 words of four quants,
// then one word for the f16 scales of each two chunks; see row-layout.ts.
// The kernel declares `weights: array<u32>` and the override `chunk_count`.

const LANES = 32u;

fn words_per_row() -> u32 {
  return chunk_count * 8u + (chunk_count + 1u) / 2u;
}

fn signed_bytes(word: u32) -> vec4<f32> {
  let shifted = vec4<u32>(word) << vec4<u32>(24u, 16u, 8u, 0u);
  return vec4<f32>(bitcast<vec4<i32>>(shifted) >> vec4<u32>(24u));
}

// `base` is the index of the row's word 0: word w lies LANES * w further.
fn load_chunk(base: u32, chunk: u32) -> array<vec4<f32>, 8> {
  let pair = unpack2x16float(weights[base + (chunk_count * 8u + chunk / 2u) * LANES]);
  let scale = select(pair.x, pair.y, (chunk & 1u) == 1u);
  let first = base + chunk * 8u * LANES;
  return array<vec4<f32>, 8>(
    scale * signed_bytes(weights[first]),
    scale * signed_bytes(weights[first + LANES]),
    scale * signed_bytes(weights[first + 2u * LANES]),
    scale * signed_bytes(weights[first + 3u * LANES]),
    scale * signed_bytes(weights[first + 4u * LANES]),
    scale * signed_bytes(weights[first + 5u * LANES]),
    scale * signed_bytes(weights[first + 6u * LANES]),
    scale * signed_bytes(weights[first + 7u * LANES]),
  );
}
