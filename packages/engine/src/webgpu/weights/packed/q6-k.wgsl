// Quants of one row of Q6_K as packed bytes, for dot4I8Packed: six bits, 32 too large. Follows
// q6-k.wgsl.

const QUANT_OFFSET = 32.0;

fn chunk_quants(base: u32, chunk: u32, i: u32) -> vec2<u32> {
  let low = word_at(base + (chunk * 4u + i) * LANES);
  let upper = base + (shape.chunk_count * 4u + chunk * 2u) * LANES;
  let pairs = vec2<u32>(word_at(upper), word_at(upper + LANES)) >> vec2<u32>(2u * i);
  return (vec2<u32>(low, low >> 4u) & vec2<u32>(0x0F0F0F0Fu))
    | ((pairs & vec2<u32>(0x03030303u)) << vec2<u32>(4u));
}
