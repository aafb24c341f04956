import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import { chunkCount } from '../../weights/row-layout.ts';
import params from '../params.wgsl?raw';
import shape from '../shape.wgsl?raw';
import embedding from './embedding.wgsl?raw';

/** Bindings: shape (its out offset is the token id of row 0), weights, token ids, out. */
export function embeddingKernel(type: DeviceType): KernelSpec {
  return {
    entryPoint: 'embedding',
    variant: type,
    code: [params, shape, READ_WEIGHTS[type], embedding].join('\n'),
    bindings: ['uniform', 'read', 'read', 'write'],
    constants: {},
  };
}

export function embeddingWorkgroups(columnCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(Math.ceil((chunkCount(columnCount) * tokenCount) / 64));
}
