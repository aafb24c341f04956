// The sum of staged-row's partials, for every invocation in the same order.
fn added_partials() -> f32 {
  var total = 0.0;
  for (var i = 0u; i < LANES * slice_count; i++) {
    total += partials[i];
  }
  return total;
}
