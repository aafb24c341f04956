// Four input rows for kernels/quad-rows, from a texture (kernels/pack-inputs): an invocation loads four
// columns of its own row, and hands each product's input to the others. Sum k of an invocation is
// therefore of row lane ^ k.

// [rows] lines of texels of four columns.
@group(0) @binding(3) var inputs: texture_2d<f32>;

// Nearest.
@group(0) @binding(5) var whole_texels: sampler;

// What a sum is of; of four neighbouring columns, those that an invocation has.
alias Tokens = vec4<f32>;
alias Inputs = vec4<f32>;

// Where an invocation reads: the line of its row, and the size of a texel.
struct Source {
  line: f32,
  texel_size: vec2<f32>,
}

fn source_of(row: u32, lane: u32) -> Source {
  return Source(f32(i32(row + lane)) + 0.5, 1.0 / vec2<f32>(textureDimensions(inputs)));
}

// Rows behind the last one read what lies there; their sums are dropped.
fn inputs_at(source: Source, four: u32) -> Inputs {
  let center = vec2<f32>(f32(i32(four)) + 0.5, source.line) * source.texel_size;
  return textureSampleLevel(inputs, whole_texels, center, 0.0);
}

fn gained(values: Inputs, source: Source, four: u32) -> Inputs {
  return values;
}

fn squares_of(low: Inputs, high: Inputs) -> f32 {
  return 0.0;
}

// Which of four columns an invocation calls its first.
fn first_column(source: Source) -> u32 {
  return 0u;
}

fn by_column(values: vec4<f32>, column: u32) -> Inputs {
  return values;
}

fn total_of(values: Inputs) -> f32 {
  return (values.x + values.y) + (values.z + values.w);
}

// The shares of a quad: each row has its own.
fn spread(share: f32) -> Tokens {
  return Tokens(share, quadSwapX(share), quadSwapY(share), quadSwapDiagonal(share));
}

fn column_0(values: Inputs) -> f32 {
  return values.x;
}

fn column_1(values: Inputs) -> f32 {
  return values.y;
}

fn column_2(values: Inputs) -> f32 {
  return values.z;
}

fn column_3(values: Inputs) -> f32 {
  return values.w;
}

fn add_product(sum: Tokens, input: f32, weight: f32) -> Tokens {
  return Tokens(
    sum.x + input * weight,
    sum.y + quadSwapX(input) * weight,
    sum.z + quadSwapY(input) * weight,
    sum.w + quadSwapDiagonal(input) * weight,
  );
}
