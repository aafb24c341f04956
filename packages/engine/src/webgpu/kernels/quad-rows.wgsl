// Sixteen weight rows an invocation, over all columns, without workgroup memory or barriers: made for
// adapters that run on a processor (SwiftShader), where an invocation is a lane of a four-wide vector.
// What that code is made of decides here:
//
// - A load from a buffer goes lane by lane, with a bounds check and a division for each. A texel is
//   loaded as one vector of four words, so weights lie in textures (weights/texture-layout), and so do
//   inputs where there is more than one row; and sampled, because textureLoad is preceded by clamps.
// - A broadcast is twenty instructions, a swap within the quad is one. So invocations load different
//   inputs and hand them on by swaps.
// - Values beyond sixteen registers spill, those with few uses first, which are the sums. A swap at
//   each use keeps the number of values with many uses small, and sums in registers.
// - What a loop carries is masked and copied at each turn. So the steps of a chunk are written out.
// - Shifts go lane by lane, so fields are masked in place, and inputs are scaled instead.
//
// Prepended: subgroups, params, shape, weight-texture, and quad-row or quad-tokens, which say what an invocation has
// of the inputs and what its sums are of; appended: the reader, from weights/quads. A reader knows four
// neighbouring columns as k = 0 to 3, which are column ^ k of the `column` that its Lane is made for.

// Places in the texture are shares of its width and height, as a sampler takes them.
var<private> texel_size: vec2<f32>;

fn spot_of(word: u32) -> vec2<f32> {
  return vec2<f32>(vec2<i32>(place_of(word))) * texel_size;
}

// How far on a texel of the same rows is, so many words later.
fn words_on(count: u32) -> vec2<f32> {
  return vec2<f32>(f32(i32(count * VECTORS)) * texel_size.x, 0.0);
}

// Bits as they are: nearest texels are not computed with, whatever float they would be.
fn texel(at: vec2<f32>) -> vec4<u32> {
  return bitcast<vec4<u32>>(textureSampleLevel(weights, whole_texels, at, 0.0));
}

// Columns 4i to 4i + 3 of a chunk, and those 16 further, for step i.
struct Columns {
  low: Inputs,
  high: Inputs,
}

// Sums of four neighbouring weight rows.
struct Rows {
  a: Tokens,
  b: Tokens,
  c: Tokens,
  d: Tokens,
}

// Shares of the sums of columns, of each half of a chunk.
struct Halves {
  low: f32,
  high: f32,
}

// Sums of columns: what offsets and minima are multiplied by.
struct Offsets {
  low: Tokens,
  high: Tokens,
}

// The texels of word 0 of four times four rows. Each pair lies beside each other.
struct Places16 {
  first: vec2<f32>,
  second: vec2<f32>,
  third: vec2<f32>,
  fourth: vec2<f32>,
}

// What a chunk adds up to, with the squares of all columns before.
struct ChunkSums {
  first: Sum,
  second: Sum,
  third: Sum,
  fourth: Sum,
  shares: Halves,
  squares: f32,
}

struct Product {
  first: Rows,
  second: Rows,
  third: Rows,
  fourth: Rows,
  squares: f32,
}

fn no_rows() -> Rows {
  return Rows(Tokens(0.0), Tokens(0.0), Tokens(0.0), Tokens(0.0));
}

fn add_columns(
  sums: ChunkSums, rows: Places16, places: Places, source: Source, chunk: u32, i: u32, own: Lane,
) -> ChunkSums {
  let four = chunk * 8u + i;
  let low = inputs_at(source, four);
  let high = inputs_at(source, four + 4u);
  let l = gained(low, source, four);
  let h = gained(high, source, four + 4u);
  let x = Columns(scaled_low(l, own), scaled_high(h, own));
  return ChunkSums(
    add_step(sums.first, rows.first, places, i, x, own),
    add_step(sums.second, rows.second, places, i, x, own),
    add_step(sums.third, rows.third, places, i, x, own),
    add_step(sums.fourth, rows.fourth, places, i, x, own),
    add_offsets(sums.shares, l, h, own),
    sums.squares + squares_of(low, high),
  );
}

// Four times four rows: the texels of their words 0.
fn multiply(upper: vec2<u32>, lower: vec2<u32>, source: Source) -> Product {
  texel_size = 1.0 / vec2<f32>(textureDimensions(weights));
  let beside = vec2<f32>(texel_size.x, 0.0);
  let first = (vec2<f32>(vec2<i32>(upper)) + 0.5) * texel_size;
  let third = (vec2<f32>(vec2<i32>(lower)) + 0.5) * texel_size;
  let rows = Places16(first, first + beside, third, third + beside);
  let own = lane_of(first_column(source));
  var total = Product(no_rows(), no_rows(), no_rows(), no_rows(), 0.0);
  for (var chunk = 0u; chunk < shape.chunk_count; chunk++) {
    let places = places_of(chunk);
    let none = ChunkSums(no_sum(), no_sum(), no_sum(), no_sum(), Halves(0.0, 0.0), total.squares);
    let one = add_columns(none, rows, places, source, chunk, 0u, own);
    let two = add_columns(one, rows, places, source, chunk, 1u, own);
    let three = add_columns(two, rows, places, source, chunk, 2u, own);
    let sums = add_columns(three, rows, places, source, chunk, 3u, own);
    let offsets = Offsets(spread(sums.shares.low), spread(sums.shares.high));
    total = Product(
      add_chunk(total.first, sums.first, rows.first, places, chunk, offsets),
      add_chunk(total.second, sums.second, rows.second, places, chunk, offsets),
      add_chunk(total.third, sums.third, rows.third, places, chunk, offsets),
      add_chunk(total.fourth, sums.fourth, rows.fourth, places, chunk, offsets),
      sums.squares,
    );
  }
  return total;
}
