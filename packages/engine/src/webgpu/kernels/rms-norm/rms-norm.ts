import type { Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import params from '../params.wgsl?raw';
import type { RowsVariant } from '../product-variant.ts';
import subgroups from '../subgroups.wgsl?raw';
import rmsNorm from './rms-norm.wgsl?raw';
import rmsNormQuad from './rms-norm-quad.wgsl?raw';

/** Bindings: x, gain, out. */
export function rmsNormKernel(
  columnCount: number,
  epsilon: number,
  variant: RowsVariant = 'staged',
): KernelSpec {
  const code = variant === 'quad' ? [subgroups, params, rmsNormQuad] : [params, rmsNorm];
  return {
    entryPoint: 'rms_norm',
    variant,
    code: code.join('\n'),
    bindings: ['read', 'read', 'write'],
    constants: { column_count: columnCount, norm_epsilon: epsilon },
  };
}

export function rmsNormWorkgroups(tokenCount: number): Workgroups {
  return [tokenCount, 1, 1];
}
