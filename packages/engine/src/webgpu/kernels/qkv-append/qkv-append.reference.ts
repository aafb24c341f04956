/** One head of one position on its way to attention. */
export interface HeadInput {
  /** `[headDim]`: the projection. */
  readonly x: Float32Array;
  readonly bias?: Float32Array;
  /** `[headDim]`, where the head is normalised. */
  readonly gain?: Float32Array;
  readonly epsilon: number;
  /** `[ropeDim / 2]` angles; none for values. */
  readonly angles: Float64Array;
  readonly ropeStyle: 'interleaved' | 'half';
}

/** `[headDim]`: plus bias, normalised, rotated. */
export function headReference(input: HeadInput): Float64Array {
  const { x, bias, gain, angles, ropeStyle } = input;
  const out = Float64Array.from(x, (value, d) => value + (bias?.[d] ?? 0));
  if (gain !== undefined) {
    const squares = out.reduce((sum, value) => sum + value * value, 0);
    const scale = 1 / Math.sqrt(squares / out.length + input.epsilon);
    gain.forEach((factor, d) => {
      out[d] = (out[d] as number) * scale * factor;
    });
  }
  angles.forEach((angle, pair) => {
    const a = ropeStyle === 'half' ? pair : 2 * pair;
    const b = ropeStyle === 'half' ? pair + angles.length : 2 * pair + 1;
    const [first, second] = [out[a] as number, out[b] as number];
    out[a] = first * Math.cos(angle) - second * Math.sin(angle);
    out[b] = first * Math.sin(angle) + second * Math.cos(angle);
  });
  return out;
}
