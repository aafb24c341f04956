alias Value = f32;

const TILE_UNIT = 1.0;

fn to_tile(values: vec4<f32>) -> vec4<Value> {
  return values;
}
