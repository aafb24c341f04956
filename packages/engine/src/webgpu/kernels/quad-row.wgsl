// One input row for kernels/quad-rows.

alias Tokens = f32;

fn inputs_at(column: u32) -> Tokens {
  return select(0.0, x[x_start + column], column < shape.column_count);
}

fn add_product(sum: Tokens, inputs: Tokens, weight: f32) -> Tokens {
  return sum + inputs * weight;
}
