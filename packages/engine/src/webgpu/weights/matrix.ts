import type { DeviceType } from '@manyhands/model/quant/device-type';
import type { Bindable } from '../kernel.ts';

/** What a kernel needs to know of a matrix. Rows are outputs, columns inputs. */
export interface MatrixShape {
  readonly type: DeviceType;
  readonly rowCount: number;
  readonly columnCount: number;
}

/**
 * A matrix, or a range of its rows, in one buffer as `row-layout` says, or in a texture as
 * `texture-layout` does.
 */
export interface Matrix extends MatrixShape {
  readonly storage: Bindable;
}

/**
 * Rows of one output that lie in one place: a projection on its own, several stacked (queries, keys
 * and values), or part of one that is larger than a binding may be.
 */
export interface MatrixPart extends Matrix {
  /** Where row 0 goes in the output row. */
  readonly outOffset: number;
}

/** Outputs of a product: its parts and how far apart their rows are. */
export interface Projection {
  readonly parts: readonly MatrixPart[];
  readonly outStride: number;
}
