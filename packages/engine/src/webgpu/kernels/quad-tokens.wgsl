// Four input rows for kernels/quad-rows.

alias Tokens = vec4<f32>;

// Tokens behind the last one read what lies there; their sums are dropped.
fn inputs_at(column: u32) -> Tokens {
  let at = x_start + column;
  let stride = shape.column_count;
  let values = vec4<f32>(x[at], x[at + stride], x[at + 2u * stride], x[at + 3u * stride]);
  return select(vec4<f32>(0.0), values, column < shape.column_count);
}
