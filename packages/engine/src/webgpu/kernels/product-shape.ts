import type { MatrixShape } from '../weights/matrix.ts';
import { chunkCount, groupCount } from '../weights/row-layout.ts';
import { lineWords } from '../weights/texture-layout.ts';

/** One matrix product: `out[t, outOffset + r] (+)= W[r] . x[t]`. */
export interface ProductShape extends MatrixShape {
  readonly outOffset: number;
  readonly outStride: number;
  /** Adds to the output: the residual of an output projection. */
  readonly accumulates: boolean;
}

/** The words of `Shape` in shape.wgsl: what kernels that read weights bind first. */
export function shapeWords(shape: ProductShape): Uint32Array<ArrayBuffer> {
  return Uint32Array.of(
    shape.columnCount,
    chunkCount(shape.columnCount),
    shape.rowCount,
    shape.outOffset,
    shape.outStride,
    Number(shape.accumulates),
    groupCount(shape.rowCount),
    lineWords(shape.type, shape.columnCount),
  );
}

/** How a mat-vec spreads over invocations and workgroup memory. */
export interface Tiling {
  /** Invocations that share one weight row, each with every n-th chunk of its columns. */
  readonly sliceCount: number;
  /** Chunks of the input that `mat_vec` and `gate_up` stage at a time, 128 bytes each. */
  readonly rowTileChunks: number;
  /** Chunks of the inputs that `mat_vec_rows` stages at a time, 1 KiB each. */
  readonly rowsTileChunks: number;
}

/**
 * A GPU needs thousands of invocations to hide its memory's latency (at most 256 in a workgroup, so 8
 * slices of 32 rows). A software adapter runs them one after another, pays for adding slices, and
 * clears workgroup memory float by float: there small tiles compile and run faster.
 */
export function chooseTiling(isFallback: boolean): Tiling {
  if (isFallback) return { sliceCount: 1, rowTileChunks: 8, rowsTileChunks: 2 };
  return { sliceCount: 8, rowTileChunks: 32, rowsTileChunks: 8 };
}
