import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import wordsBuffer from '../../weights/words-buffer.wgsl?raw';
import params from '../params.wgsl?raw';
import type { ManyRowsVariant } from '../product-variant.ts';
import shape from '../shape.wgsl?raw';
import matMul from './mat-mul.wgsl?raw';
import matMulWide from './mat-mul-wide.wgsl?raw';
import valueF16 from './value-f16.wgsl?raw';
import valueF32 from './value-f32.wgsl?raw';

/** What comes first, and last, in the code of a variant. */
const PARTS: Readonly<Record<ManyRowsVariant, readonly [value: string, matMul: string]>> = {
  tiled: ['', matMul],
  wide: [valueF32, matMulWide],
  f16: [valueF16, matMulWide],
};

/** Rows, and tokens, of the tile of one workgroup. */
const TILE_SIZES: Readonly<Record<ManyRowsVariant, number>> = { tiled: 32, wide: 64, f16: 64 };

/** Bindings: shape, weights, x, out. */
export function matMulKernel(type: DeviceType, variant: ManyRowsVariant): KernelSpec {
  const [value, product] = PARTS[variant];
  return {
    entryPoint: 'mat_mul',
    variant: `${type} ${variant}`,
    code: [value, params, shape, wordsBuffer, READ_WEIGHTS[type], product].join('\n'),
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
