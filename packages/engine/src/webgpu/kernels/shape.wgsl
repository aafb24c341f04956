// The matrix of one launch. A uniform and not override constants: a model has five shapes of product,
// and one pipeline for all of them loads several times faster than one for each.
struct Shape {
  // Columns of x and of the weights, and 32-column chunks of a weight row.
  column_count: u32,
  chunk_count: u32,
  // Rows of the matrix in this buffer.
  row_count: u32,
  // Where row 0 goes in an output row; for embeddings, the token id of row 0.
  out_offset: u32,
  // Length of an output row.
  out_stride: u32,
  // 1: adds to what the output holds, the residual of an output projection.
  accumulates: u32,
  // The row group at which the up matrix starts behind the gate.
  up_group: u32,
  // Where weights lie in a texture: words of a group in one of its lines.
  line_words: u32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
