// Four input rows for kernels/quad-rows.

alias Tokens = vec4<f32>;

// Tokens behind the last one read what lies there; their sums are dropped.
fn inputs_at(column: u32) -> Tokens {
  let at = x_start + column;
  let stride = shape.column_count;
  let values = vec4<f32>(x[at], x[at + stride], x[at + 2u * stride], x[at + 3u * stride]);
  return select(vec4<f32>(0.0), values, column < shape.column_count);
}

// Each product goes into its sum at once: four products of a vector would be kept aside first.
fn add_product(sum: Tokens, inputs: Tokens, weight: f32) -> Tokens {
  return Tokens(
    sum.x + inputs.x * weight,
    sum.y + inputs.y * weight,
    sum.z + inputs.z * weight,
    sum.w + inputs.w * weight,
  );
}
