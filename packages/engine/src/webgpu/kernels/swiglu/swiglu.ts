import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import params from '../params.wgsl?raw';
import swiglu from './swiglu.wgsl?raw';

export interface SwigluShape {
  readonly rowCount: number;
  /** Where the up part starts in an input row. */
  readonly upOffset: number;
  readonly inStride: number;
}

/** Bindings: gate and up, out. */
export function swigluKernel(shape: SwigluShape): KernelSpec {
  return {
    entryPoint: 'swiglu',
    variant: 'f32',
    code: [params, swiglu].join('\n'),
    bindings: ['read', 'write'],
    constants: {
      row_count: shape.rowCount,
      up_offset: shape.upOffset,
      in_stride: shape.inStride,
    },
  };
}

export function swigluWorkgroups(rowCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(Math.ceil((rowCount * tokenCount) / 64));
}
