import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { groupCount } from '../../weights/row-layout.ts';
import type { Tiling } from '../product-shape.ts';
import {
  type OneRowVariant,
  oneRowBindings,
  oneRowPrelude,
  type RowsVariant,
  rowsBindings,
  rowsPrelude,
  TOKENS_PER_WORKGROUP,
} from '../product-variant.ts';
import gateUp from './gate-up.wgsl?raw';
import gateUpQuad from './gate-up-quad.wgsl?raw';
import gateUpRows from './gate-up-rows.wgsl?raw';
import gateUpRowsQuad from './gate-up-rows-quad.wgsl?raw';

export interface GateUpOptions {
  readonly variant: OneRowVariant;
  readonly tiling: Tiling;
  readonly normEpsilon: number;
}

/**
 * Bindings: shape of the gate, weights (gate's rows, then from the next group on as many of the up
 * matrix), x, gain, out.
 */
export function gateUpKernel(type: DeviceType, options: GateUpOptions): KernelSpec {
  const { variant, tiling, normEpsilon } = options;
  const isQuad = variant === 'quad';
  return {
    entryPoint: 'gate_up',
    variant: `${type} ${variant}`,
    code: [...oneRowPrelude(variant, type), isQuad ? gateUpQuad : gateUp].join('\n'),
    bindings: oneRowBindings(variant),
    constants: {
      ...(!isQuad && { slice_count: tiling.sliceCount, tile_chunks: tiling.rowTileChunks }),
      has_norm: 1,
      norm_epsilon: normEpsilon,
    },
  };
}

export function gateUpWorkgroups(rowCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(groupCount(rowCount), tokenCount);
}

export interface GateUpRowsOptions extends Omit<GateUpOptions, 'variant'> {
  readonly variant: RowsVariant;
}

/** Bindings: as those of `gate_up`, but quads take packed inputs instead of x and gain. */
export function gateUpRowsKernel(type: DeviceType, options: GateUpRowsOptions): KernelSpec {
  const { variant, tiling, normEpsilon } = options;
  const isQuad = variant === 'quad';
  return {
    entryPoint: 'gate_up_rows',
    variant: `${type} ${variant}`,
    code: [...rowsPrelude(variant, type), isQuad ? gateUpRowsQuad : gateUpRows].join('\n'),
    bindings: rowsBindings(variant),
    constants: {
      ...(!isQuad && {
        slice_count: tiling.sliceCount,
        tile_chunks: tiling.rowsTileChunks,
        has_norm: 1,
        norm_epsilon: normEpsilon,
      }),
    },
  };
}

export function gateUpRowsWorkgroups(
  variant: RowsVariant,
  rowCount: number,
  tokenCount: number,
): Workgroups {
  const tiles = Math.ceil(tokenCount / TOKENS_PER_WORKGROUP[variant]);
  return foldWorkgroups(groupCount(rowCount), tiles);
}
