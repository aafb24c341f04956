enable f16;

alias Value = f16;

// What does not fit is clamped: an infinity would spoil every sum that it enters.
fn to_value(value: f32) -> Value {
  return f16(clamp(value, -65504.0, 65504.0));
}
