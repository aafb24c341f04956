// 32 weights of one row, F16. A row is chunk_count * 16 words of two halves, zero-padded; see
// row-layout.ts. The kernel declares `weights: array<u32>` and the override `chunk_count`.

const LANES = 32u;

fn words_per_row() -> u32 {
  return chunk_count * 16u;
}

fn four(at: u32) -> vec4<f32> {
  return vec4<f32>(unpack2x16float(weights[at]), unpack2x16float(weights[at + LANES]));
}

// `base` is the index of the row's word 0: word w lies LANES * w further.
fn load_chunk(base: u32, chunk: u32) -> array<vec4<f32>, 8> {
  let at = base + chunk * 16u * LANES;
  return array<vec4<f32>, 8>(
    four(at),
    four(at + 2u * LANES),
    four(at + 4u * LANES),
    four(at + 6u * LANES),
    four(at + 8u * LANES),
    four(at + 10u * LANES),
    four(at + 12u * LANES),
    four(at + 14u * LANES),
  );
}
