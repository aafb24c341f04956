import type { MatrixShape } from '../weights/matrix.ts';
import { chunkCount } from '../weights/row-layout.ts';

/** One matrix product: `out[t, outOffset + r] (+)= W[r] . x[t]`. */
export interface ProductShape extends MatrixShape {
  readonly outOffset: number;
  readonly outStride: number;
  /** Adds to the output: the residual of an output projection. */
  readonly accumulates: boolean;
}

/** Overrides that every product kernel declares. */
export function productConstants(shape: ProductShape): Record<string, number> {
  return {
    column_count: shape.columnCount,
    chunk_count: chunkCount(shape.columnCount),
    row_count: shape.rowCount,
    out_offset: shape.outOffset,
    out_stride: shape.outStride,
    accumulates: Number(shape.accumulates),
  };
}

/** At most 8 slices of 32 rows: 256 invocations. */
const SLICES_MAX = 8;

/**
 * Invocations that share one weight row. A GPU needs thousands of them to hide its memory's latency;
 * a software adapter runs them one after another and only pays for adding the slices.
 */
export function chooseSliceCount(columnCount: number, isFallback: boolean): number {
  if (isFallback) return 1;
  return Math.min(SLICES_MAX, chunkCount(columnCount));
}
