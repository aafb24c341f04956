/** silu(gate) * up, element by element. */
export function swigluReference(
  gate: ArrayLike<number>,
  up: ArrayLike<number>,
): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: gate.length }, (_, i) => {
    const x = gate[i] as number;
    return (x / (1 + Math.exp(-x))) * (up[i] as number);
  });
}
