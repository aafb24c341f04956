import { matVecReference } from '../mat-vec/mat-vec.reference.ts';
import { rmsNormReference } from '../rms-norm/rms-norm.reference.ts';
import { swigluReference } from '../swiglu/swiglu.reference.ts';

export interface GateUpInput {
  readonly tokenCount: number;
  readonly columnCount: number;
  readonly rowCount: number;
  /** `[rowCount, columnCount]` each */
  readonly gate: Float32Array;
  readonly up: Float32Array;
  /** `[tokenCount, columnCount]` */
  readonly x: Float32Array;
  /** `[columnCount]` */
  readonly gain: Float32Array;
  readonly epsilon: number;
  /** What happens to normalised activations before the products. */
  readonly round?: (normed: Float32Array) => Float32Array;
}

/** `[tokenCount, rowCount]`: silu(gate . norm(x)) * (up . norm(x)). */
export function gateUpReference(input: GateUpInput): Float64Array {
  const exact = Float32Array.from(rmsNormReference(input.x, input.gain, input.epsilon));
  const normed = input.round?.(exact) ?? exact;
  const product = (weights: Float32Array) => matVecReference({ ...input, weights, x: normed });
  return swigluReference(product(input.gate), product(input.up));
}
