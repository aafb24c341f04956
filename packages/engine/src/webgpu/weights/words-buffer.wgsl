// The words that readers of weights ask for, from a buffer.

@group(0) @binding(2) var<storage, read> weights: array<u32>;

fn word_at(index: u32) -> u32 {
  return weights[index];
}
