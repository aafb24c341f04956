// Quants of one row of Q4_K as packed bytes, for dot4I8Packed. Follows q4-k.wgsl.

const QUANT_OFFSET = 0.0;

fn chunk_quants(base: u32, chunk: u32, i: u32) -> vec2<u32> {
  let word = word_at(base + (chunk * 4u + i) * LANES);
  return vec2<u32>(word, word >> 4u) & vec2<u32>(0x0F0F0F0Fu);
}
