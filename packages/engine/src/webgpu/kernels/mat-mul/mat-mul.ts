import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import { groupCount } from '../../weights/row-layout.ts';
import params from '../params.wgsl?raw';
import { type ProductShape, productConstants } from '../product-shape.ts';
import matMul from './mat-mul.wgsl?raw';

/** Tokens that one workgroup multiplies. */
const TOKENS_PER_WORKGROUP = 32;

/** Bindings: weights, x, out. */
export function matMulKernel(shape: ProductShape): KernelSpec {
  return {
    entryPoint: 'mat_mul',
    variant: shape.type,
    code: [params, READ_WEIGHTS[shape.type], matMul].join('\n'),
    bindings: ['read', 'read', 'write'],
    constants: productConstants(shape),
  };
}

export function matMulWorkgroups(rowCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(groupCount(rowCount), Math.ceil(tokenCount / TOKENS_PER_WORKGROUP));
}
