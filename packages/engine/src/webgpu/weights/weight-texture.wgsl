// Weights in a texture (layout: weights/texture-layout.ts), four words a texel. Prepended: shape; appended:
// a reader, which declares `words_per_row`.

@group(0) @binding(2) var weights: texture_2d<f32>;

// Rows of a group, and texels of one of its words: of four neighbouring rows each.
const GROUP_ROWS = 32u;
const VECTORS = 8u;

// Lines of the texture that a group takes.
fn group_lines() -> u32 {
  return (words_per_row() + shape.line_words - 1u) / shape.line_words;
}

// Where a word lies from word 0 of its rows. Most groups are one line, and divisions are slow.
fn place_of(word: u32) -> vec2<u32> {
  if (words_per_row() <= shape.line_words) {
    return vec2<u32>(word * VECTORS, 0u);
  }
  return vec2<u32>(word % shape.line_words * VECTORS, word / shape.line_words);
}
