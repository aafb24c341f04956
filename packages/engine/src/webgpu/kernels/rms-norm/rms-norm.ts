import type { Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import params from '../params.wgsl?raw';
import rmsNorm from './rms-norm.wgsl?raw';

/** Bindings: x, gain, out. */
export function rmsNormKernel(columnCount: number, epsilon: number): KernelSpec {
  return {
    entryPoint: 'rms_norm',
    variant: 'f32',
    code: [params, rmsNorm].join('\n'),
    bindings: ['read', 'read', 'write'],
    constants: { column_count: columnCount, norm_epsilon: epsilon },
  };
}

export function rmsNormWorkgroups(tokenCount: number): Workgroups {
  return [tokenCount, 1, 1];
}
