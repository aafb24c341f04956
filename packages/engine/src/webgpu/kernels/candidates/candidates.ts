import { candidateCount } from '../../../step-results.ts';
import type { Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import params from '../params.wgsl?raw';
import candidates from './candidates.wgsl?raw';

/** Token ids fill three bytes of the tie-breaking key. */
export const VOCAB_SIZE_MAX = 2 ** 24;

/** Bindings: logits, out. */
export function candidatesKernel(vocabSize: number, logitsStride: number): KernelSpec {
  return {
    entryPoint: 'candidates',
    variant: 'f32',
    code: [params, candidates].join('\n'),
    bindings: ['read', 'write'],
    constants: {
      vocab_size: vocabSize,
      logits_stride: logitsStride,
      candidate_count: candidateCount(vocabSize),
    },
  };
}

export function candidatesWorkgroups(tokenCount: number): Workgroups {
  return [tokenCount, 1, 1];
}
