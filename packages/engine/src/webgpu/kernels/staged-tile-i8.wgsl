// A tile of staged-row in bytes: each 32 columns, after the norm, become bytes and one scale, max|x| / 127,
// and products of bytes are added as integers. The activations lose what is below half a scale, nothing
// else does. Prepended: the weight type's reader and its packed quants (weights/packed).

const TILE_UNIT = 1.0;

// Four quants a word: columns 0 to 15 of a chunk, then 16 to 31.
var<workgroup> x_quants: array<u32, tile_chunks * 8u>;
// Scale of a chunk, then the sums of the quants of its halves.
var<workgroup> x_scales: array<vec3<f32>, tile_chunks>;

// One invocation quantises a chunk: every type with quants has whole chunks in a row.
fn stage_tile(row: u32, first_chunk: u32, scale: f32, invocation: u32) {
  let chunks = min(tile_chunks, shape.chunk_count - first_chunk);
  for (var chunk = invocation; chunk < chunks; chunk += LANES * slice_count) {
    let column = (first_chunk + chunk) * 32u;
    var peak = vec4<f32>(0.0);
    for (var i = 0u; i < 8u; i++) {
      peak = max(peak, abs(input_four(row, column + 4u * i, scale)));
    }
    let size = max(max(peak.x, peak.y), max(peak.z, peak.w)) / 127.0;
    let inverse = select(0.0, 1.0 / size, size > 0.0);
    var sums = vec2<f32>(0.0);
    for (var i = 0u; i < 8u; i++) {
      let quants = round(input_four(row, column + 4u * i, scale) * inverse);
      x_quants[chunk * 8u + i] = pack4xI8(vec4<i32>(quants));
      let sum = (quants.x + quants.y) + (quants.z + quants.w);
      sums += select(vec2<f32>(0.0, sum), vec2<f32>(sum, 0.0), i < 4u);
    }
    x_scales[chunk] = vec3<f32>(size, sums);
  }
}

fn multiply_tile(base: u32, first_chunk: u32, slice: u32) -> vec4<f32> {
  var sum = vec4<f32>(0.0);
  let end = min(first_chunk + tile_chunks, shape.chunk_count);
  for (var chunk = first_chunk + slice; chunk < end; chunk += slice_count) {
    let at = (chunk - first_chunk) * 8u;
    var dots = vec2<i32>(0);
    for (var i = 0u; i < 4u; i++) {
      let quants = chunk_quants(base, chunk, i);
      dots.x += dot4I8Packed(quants.x, x_quants[at + i]);
      dots.y += dot4I8Packed(quants.y, x_quants[at + i + 4u]);
    }
    let tile = x_scales[chunk - first_chunk];
    let scales = chunk_scales(base, chunk);
    let halves = scales.xy * (vec2<f32>(dots) - QUANT_OFFSET * tile.yz);
    sum.x += tile.x * (halves.x + halves.y);
    if (HAS_MINIMUM) {
      sum.y -= tile.x * scales.z * (tile.y + tile.z);
    }
  }
  return sum;
}
