import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import { groupCount } from '../../weights/row-layout.ts';
import params from '../params.wgsl?raw';
import shape from '../shape.wgsl?raw';
import matMul from './mat-mul.wgsl?raw';

/** Tokens that one workgroup multiplies. */
const TOKENS_PER_WORKGROUP = 32;

/** Bindings: shape, weights, x, out. */
export function matMulKernel(type: DeviceType): KernelSpec {
  return {
    entryPoint: 'mat_mul',
    variant: type,
    code: [params, shape, READ_WEIGHTS[type], matMul].join('\n'),
    bindings: ['uniform', 'read', 'read', 'write'],
    constants: {},
  };
}

export function matMulWorkgroups(rowCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(groupCount(rowCount), Math.ceil(tokenCount / TOKENS_PER_WORKGROUP));
}
