// A tile of staged-row in Value, f32 or f16. Products of four columns are of Value, sums of chunks f32.
// Prepended: tile-f32 or tile-f16.

var<workgroup> x_tile: array<vec4<Value>, tile_chunks * 8u>;

// Fills x_tile with the columns of tile_chunks chunks from first_chunk on, zeros after the last.
fn stage_tile(row: u32, first_chunk: u32, scale: f32, invocation: u32) {
  let vectors = min(tile_chunks, shape.chunk_count - first_chunk) * 8u;
  for (var i = invocation; i < vectors; i += LANES * slice_count) {
    x_tile[i] = to_tile(input_four(row, first_chunk * 32u + i * 4u, scale));
  }
}

// The part of a weight row's product that this slice owns, over the staged tile.
fn multiply_tile(base: u32, first_chunk: u32, slice: u32) -> vec4<f32> {
  var sum = vec4<f32>(0.0);
  let end = min(first_chunk + tile_chunks, shape.chunk_count);
  for (var chunk = first_chunk + slice; chunk < end; chunk += slice_count) {
    let at = (chunk - first_chunk) * 8u;
    var low = vec4<Value>(0.0);
    var high = vec4<Value>(0.0);
    var minimum = vec4<Value>(0.0);
    for (var i = 0u; i < 4u; i++) {
      let w = chunk_pair(base, chunk, i);
      let x_low = x_tile[at + i];
      let x_high = x_tile[at + i + 4u];
      low += vec4<Value>(w.low) * x_low;
      high += vec4<Value>(w.high) * x_high;
      if (HAS_MINIMUM) {
        minimum += x_low + x_high;
      }
    }
    let scales = chunk_scales(base, chunk);
    sum += scales.x * vec4<f32>(low) + scales.y * vec4<f32>(high);
    if (HAS_MINIMUM) {
      sum -= scales.z * vec4<f32>(minimum);
    }
  }
  return sum;
}
