// 32 weights of one row, F32. A row is chunk_count * 32 words, zero-padded; see row-layout.ts.
// The kernel declares `weights: array<u32>` and the override `chunk_count`.

const LANES = 32u;

fn words_per_row() -> u32 {
  return chunk_count * 32u;
}

fn four(at: u32) -> vec4<f32> {
  return bitcast<vec4<f32>>(vec4<u32>(
    weights[at],
    weights[at + LANES],
    weights[at + 2u * LANES],
    weights[at + 3u * LANES],
  ));
}

// `base` is the index of the row's word 0: word w lies LANES * w further.
fn load_chunk(base: u32, chunk: u32) -> array<vec4<f32>, 8> {
  let at = base + chunk * 32u * LANES;
  return array<vec4<f32>, 8>(
    four(at),
    four(at + 4u * LANES),
    four(at + 8u * LANES),
    four(at + 12u * LANES),
    four(at + 16u * LANES),
    four(at + 20u * LANES),
    four(at + 24u * LANES),
    four(at + 28u * LANES),
  );
}
