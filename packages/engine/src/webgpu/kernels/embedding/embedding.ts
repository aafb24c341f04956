import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import type { MatrixShape } from '../../weights/matrix.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import { chunkCount } from '../../weights/row-layout.ts';
import params from '../params.wgsl?raw';
import embedding from './embedding.wgsl?raw';

/** Bindings: weights, token ids, out. `firstRow` is the token id of the buffer's first row. */
export function embeddingKernel(shape: MatrixShape, firstRow: number): KernelSpec {
  return {
    entryPoint: 'embedding',
    variant: shape.type,
    code: [params, READ_WEIGHTS[shape.type], embedding].join('\n'),
    bindings: ['read', 'read', 'write'],
    constants: {
      column_count: shape.columnCount,
      chunk_count: chunkCount(shape.columnCount),
      first_row: firstRow,
      row_count: shape.rowCount,
    },
  };
}

export function embeddingWorkgroups(columnCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(Math.ceil((chunkCount(columnCount) * tokenCount) / 64));
}
