import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import f16 from '../f16.wgsl?raw';
import params from '../params.wgsl?raw';
import type { ManyRowsVariant } from '../product-variant.ts';
import shape from '../shape.wgsl?raw';
import matMul from './mat-mul.wgsl?raw';
import matMulF16 from './mat-mul-f16.wgsl?raw';
import matMulWide from './mat-mul-wide.wgsl?raw';

const MAT_MULS: Readonly<Record<ManyRowsVariant, string>> = {
  tiled: matMul,
  wide: matMulWide,
  f16: matMulF16,
};

/** Rows, and tokens, of the tile of one workgroup. */
const TILE_SIZES: Readonly<Record<ManyRowsVariant, number>> = { tiled: 32, wide: 64, f16: 64 };

/** Bindings: shape, weights, x, out. */
export function matMulKernel(type: DeviceType, variant: ManyRowsVariant): KernelSpec {
  const enables = variant === 'f16' ? [f16] : [];
  return {
    entryPoint: 'mat_mul',
    variant: `${type} ${variant}`,
    code: [...enables, params, shape, READ_WEIGHTS[type], MAT_MULS[variant]].join('\n'),
    bindings: ['uniform', 'read', 'read', 'write'],
    constants: {},
  };
}

export function matMulWorkgroups(
  variant: ManyRowsVariant,
  rowCount: number,
  tokenCount: number,
): Workgroups {
  const size = TILE_SIZES[variant];
  return foldWorkgroups(Math.ceil(rowCount / size), Math.ceil(tokenCount / size));
}
