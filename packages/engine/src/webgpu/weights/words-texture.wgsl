// The words that readers of weights ask for, by their index in a buffer, from a texture: for kernels that
// read few. Prepended: weight-texture.

fn word_at(index: u32) -> u32 {
  let word = index / GROUP_ROWS;
  let row = index % GROUP_ROWS;
  let words = words_per_row();
  let line = vec2<u32>(row / 4u, word / words * group_lines());
  return bitcast<u32>(textureLoad(weights, line + place_of(word % words), 0)[row % 4u]);
}
