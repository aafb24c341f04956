alias Value = f32;

fn to_value(value: f32) -> Value {
  return value;
}
