// Quants of one row of Q8_0 as packed bytes, for dot4I8Packed. Follows q8-0.wgsl.

const QUANT_OFFSET = 0.0;

fn chunk_quants(base: u32, chunk: u32, i: u32) -> vec2<u32> {
  let at = base + (chunk * 8u + i) * LANES;
  return vec2<u32>(word_at(at), word_at(at + 4u * LANES)) ^ vec2<u32>(0x00808080u);
}
