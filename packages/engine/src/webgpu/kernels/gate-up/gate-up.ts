import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import { groupCount } from '../../weights/row-layout.ts';
import params from '../params.wgsl?raw';
import type { Tiling } from '../product-shape.ts';
import shape from '../shape.wgsl?raw';
import stagedRow from '../staged-row.wgsl?raw';
import gateUp from './gate-up.wgsl?raw';

/**
 * Bindings: shape of the gate, weights (gate's rows, then from the next group on as many of the up
 * matrix), x, gain, out.
 */
export function gateUpKernel(type: DeviceType, tiling: Tiling, normEpsilon: number): KernelSpec {
  return {
    entryPoint: 'gate_up',
    variant: type,
    code: [params, shape, READ_WEIGHTS[type], stagedRow, gateUp].join('\n'),
    bindings: ['uniform', 'read', 'read', 'read', 'write'],
    constants: {
      slice_count: tiling.sliceCount,
      tile_chunks: tiling.rowTileChunks,
      has_norm: 1,
      norm_epsilon: normEpsilon,
    },
  };
}

export function gateUpWorkgroups(rowCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(groupCount(rowCount), tokenCount);
}
