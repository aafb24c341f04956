import type { DeviceType } from '@manyhands/model/quant/device-type';
import { foldWorkgroups, type Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import { READ_WEIGHTS } from '../../weights/read-weights.ts';
import { chunkCount } from '../../weights/row-layout.ts';
import weightTexture from '../../weights/weight-texture.wgsl?raw';
import wordsBuffer from '../../weights/words-buffer.wgsl?raw';
import wordsTexture from '../../weights/words-texture.wgsl?raw';
import params from '../params.wgsl?raw';
import shape from '../shape.wgsl?raw';
import embedding from './embedding.wgsl?raw';

/** Bindings: shape (its out offset is the token id of row 0), weights, token ids, out. */
export function embeddingKernel(type: DeviceType, inTexture: boolean): KernelSpec {
  const source = inTexture ? [weightTexture, wordsTexture] : [wordsBuffer];
  return {
    entryPoint: 'embedding',
    variant: inTexture ? `${type} texture` : type,
    code: [params, shape, ...source, READ_WEIGHTS[type], embedding].join('\n'),
    bindings: ['uniform', inTexture ? 'texture' : 'read', 'read', 'write'],
    constants: {},
  };
}

export function embeddingWorkgroups(columnCount: number, tokenCount: number): Workgroups {
  return foldWorkgroups(Math.ceil((chunkCount(columnCount) * tokenCount) / 64));
}
