enable f16;

alias Value = f16;

// Half the workgroup memory and twice the arithmetic where the adapter has it. Activations are held as
// x / 128, clamped to 127, so that four products with a quant of at most 128 stay below f16's 65504.
const TILE_UNIT = 128.0;

fn to_tile(values: vec4<f32>) -> vec4<Value> {
  return vec4<f16>(clamp(values / TILE_UNIT, vec4<f32>(-127.0), vec4<f32>(127.0)));
}
