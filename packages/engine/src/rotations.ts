import type { ModelConfig } from '@manyhands/model/config';

/**
 * Cos and sin of each rotated pair for consecutive positions, `[tokenCount, ropeDim / 2, 2]`: at the
 * start of `out`, or in a new array.
 */
export type Rotations = (
  position: number,
  tokenCount: number,
  out?: Float32Array<ArrayBuffer>,
) => Float32Array<ArrayBuffer>;

/**
 * Angles are computed in f64 on the CPU: a position of 100,000 times a frequency near one loses the
 * angle's last digits in f32, and WGSL leaves the cosine of large angles open.
 */
export function createRotations(config: ModelConfig, factors?: Float32Array): Rotations {
  const pairCount = config.ropeDim / 2;
  const frequencies = Float64Array.from({ length: pairCount }, (_, pair) => {
    const frequency = config.ropeTheta ** ((-2 * pair) / config.ropeDim);
    return (frequency * config.ropeFrequencyScale) / (factors?.[pair] ?? 1);
  });
  return (position, tokenCount, out = new Float32Array(tokenCount * config.ropeDim)) => {
    for (let token = 0; token < tokenCount; token += 1) {
      for (let pair = 0; pair < pairCount; pair += 1) {
        const angle = (position + token) * (frequencies[pair] as number);
        const at = (token * pairCount + pair) * 2;
        out[at] = Math.cos(angle);
        out[at + 1] = Math.sin(angle);
      }
    }
    return out;
  };
}
