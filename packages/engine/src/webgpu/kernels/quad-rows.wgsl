// Eight weight rows an invocation, over all columns, without workgroup memory or barriers: made for
// adapters that run on a processor (SwiftShader), where an invocation is a lane of a four-wide
// vector. There every load at an index that is not constant is done lane by lane with a bounds check,
// shifts are too, and values beyond sixteen registers spill. So each quad of invocations loads four
// neighbouring columns at once and hands them round, each weight word is loaded once for all its
// uses, fields are masked in place (the readers in weights/quads say how), and rows are summed one
// after another.
//
// Declared by the kernel: `alias Tokens`, f32 for one row of x and vec4<f32> for four;
// `columns_at(column, lane)`, the eight columns of a step. Prepended: params, shape, the reader.

// Columns 4i to 4i + 3 and 16 + 4i to 16 + 4i + 3 of a chunk, for step i.
struct Columns {
  l0: Tokens,
  l1: Tokens,
  l2: Tokens,
  l3: Tokens,
  h0: Tokens,
  h1: Tokens,
  h2: Tokens,
  h3: Tokens,
  // This invocation's share of the squares of x, where the kernel normalises.
  squares: Tokens,
}

// Sums of four neighbouring weight rows.
struct Rows {
  a: Tokens,
  b: Tokens,
  c: Tokens,
  d: Tokens,
}

// Sums of columns, of each half of a chunk: what offsets and minima are multiplied by.
struct Halves {
  low: Tokens,
  high: Tokens,
}

struct Product {
  first: Rows,
  second: Rows,
  squares: Tokens,
}

fn no_rows() -> Rows {
  return Rows(Tokens(0.0), Tokens(0.0), Tokens(0.0), Tokens(0.0));
}

// The rows whose words 0 are vectors `first` and `second` of the weights.
fn multiply(first: u32, second: u32, lane: u32) -> Product {
  var total_first = no_rows();
  var total_second = no_rows();
  var squares = Tokens(0.0);
  for (var chunk = 0u; chunk < shape.chunk_count; chunk++) {
    var sum_first = no_sum();
    var sum_second = no_sum();
    var offsets = Halves(Tokens(0.0), Tokens(0.0));
    for (var i = 0u; i < 4u; i++) {
      let columns = columns_at(chunk * 32u + i * 4u + lane);
      squares += columns.squares;
      offsets = add_offsets(offsets, columns);
      let x = scaled_columns(columns);
      sum_first = add_step(sum_first, first, chunk, i, x);
      sum_second = add_step(sum_second, second, chunk, i, x);
    }
    total_first = add_chunk(total_first, sum_first, first, chunk, offsets);
    total_second = add_chunk(total_second, sum_second, second, chunk, offsets);
  }
  return Product(total_first, total_second, squares);
}
