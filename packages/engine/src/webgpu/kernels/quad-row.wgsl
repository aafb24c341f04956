// One input row for kernels/quad-rows: an invocation loads its own column of four and hands it to the
// others. Rows are normalised on request: x[c] * gain[c], and the kernel multiplies its sums by
// 1 / sqrt(mean(x^2) + epsilon) at the end, so that x is read once.

override has_norm: bool;
override norm_epsilon: f32;

// [rows, column_count]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [column_count]; bound to anything where has_norm is false.
@group(0) @binding(4) var<storage, read> gain: array<f32>;

// Nearest.
@group(0) @binding(6) var whole_texels: sampler;

// What a sum is of; of four neighbouring columns, those that an invocation has.
alias Tokens = f32;
alias Inputs = f32;

// Where an invocation reads: element 0 of its row, and which of four columns is its own.
struct Source {
  start: u32,
  lane: u32,
}

fn source_of(row: u32, lane: u32) -> Source {
  return Source(row * shape.column_count, lane);
}

fn inputs_at(source: Source, four: u32) -> Inputs {
  let column = four * 4u + source.lane;
  return select(0.0, x[source.start + column], column < shape.column_count);
}

fn gained(values: Inputs, source: Source, four: u32) -> Inputs {
  if (has_norm) {
    return values * gain[four * 4u + source.lane];
  }
  return values;
}

fn squares_of(low: Inputs, high: Inputs) -> f32 {
  if (has_norm) {
    return low * low + high * high;
  }
  return 0.0;
}

// From the shares of the squares of a quad.
fn inverse_rms(share: f32) -> f32 {
  if (!has_norm) {
    return 1.0;
  }
  return inverseSqrt(spread(share) / f32(shape.column_count) + norm_epsilon);
}

// Which of four columns an invocation calls its first.
fn first_column(source: Source) -> u32 {
  return source.lane;
}

fn by_column(values: vec4<f32>, column: u32) -> Inputs {
  return array<f32, 4>(values.x, values.y, values.z, values.w)[column];
}

fn total_of(values: Inputs) -> f32 {
  return values;
}

// The sum of a quad's shares.
fn spread(share: f32) -> Tokens {
  let half = share + quadSwapX(share);
  return half + quadSwapY(half);
}

fn column_0(values: Inputs) -> f32 {
  return values;
}

fn column_1(values: Inputs) -> f32 {
  return quadSwapX(values);
}

fn column_2(values: Inputs) -> f32 {
  return quadSwapY(values);
}

fn column_3(values: Inputs) -> f32 {
  return quadSwapDiagonal(values);
}

fn add_product(sum: Tokens, input: f32, weight: f32) -> Tokens {
  return sum + input * weight;
}
