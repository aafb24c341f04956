// Quants of one row of Q4_0 as packed bytes, for dot4I8Packed: nibble, 8 too large. Follows q4-0.wgsl.

const QUANT_OFFSET = 8.0;

fn chunk_quants(base: u32, chunk: u32, i: u32) -> vec2<u32> {
  let word = word_at(base + (chunk * 4u + i) * LANES) ^ 0x80000000u;
  return vec2<u32>(word, word >> 4u) & vec2<u32>(0x0F0F0F0Fu);
}
