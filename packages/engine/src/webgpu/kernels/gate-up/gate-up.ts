import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import type { MatrixShape } from '../../weights/matrix.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import { chunkCount, groupCount } from '../../weights/row-layout.ts';
import params from '../params.wgsl?raw';
import type { Tiling } from '../product-shape.ts';
import stagedRow from '../staged-row.wgsl?raw';
import gateUp from './gate-up.wgsl?raw';

/** `gate.rowCount` rows of the gate, then (from the next group on) as many of the up matrix. */
export interface GateUpShape {
  readonly gate: MatrixShape;
  readonly tiling: Tiling;
  readonly normEpsilon: number;
}

/** Bindings: weights (gate and up stacked), x, gain, out. */
export function gateUpKernel({ gate, tiling, normEpsilon }: GateUpShape): KernelSpec {
  return {
    entryPoint: 'gate_up',
    variant: gate.type,
    code: [params, READ_WEIGHTS[gate.type], stagedRow, gateUp].join('\n'),
    bindings: ['read', 'read', 'read', 'write'],
    constants: {
      column_count: gate.columnCount,
      chunk_count: chunkCount(gate.columnCount),
      slice_count: tiling.sliceCount,
      tile_chunks: tiling.rowTileChunks,
      has_norm: 1,
      norm_epsilon: normEpsilon,
      row_count: gate.rowCount,
      up_group: groupCount(gate.rowCount),
    },
  };
}

export function gateUpWorkgroups(rowCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(groupCount(rowCount), tokenCount);
}
