import { candidateCount } from '../../../step-results.ts';
import type { Workgroups } from '../../dispatch.ts';
import type { KernelSpec } from '../../kernel.ts';
import params from '../params.wgsl?raw';
import candidates from './candidates.wgsl?raw';
import merge from './merge.wgsl?raw';
import part from './part.wgsl?raw';

/** Token ids fill three bytes of the tie-breaking key. */
export const VOCAB_SIZE_MAX = 2 ** 24;

/**
 * Logits that one workgroup goes over where there are many. With a vocabulary of 150,000, most of a GPU would
 * rest while one alone goes over all of them twice.
 */
const PART_LENGTH_MAX = 8_192;

/** Invocations of a workgroup. */
const WIDTH = 128;
/** The same in software, where every four invocations have to be brought together at each barrier. */
const SOFTWARE_WIDTH = 16;

/**
 * Parts that a row of logits is cut into: one where there are no splits. With one, candidates need no
 * merging.
 */
export function candidateParts(vocabSize: number, hasSplits: boolean): number {
  return hasSplits ? Math.ceil(vocabSize / PART_LENGTH_MAX) : 1;
}

/** Bindings: logits, out: `[rows, parts, 129]` words, or with one part what the chunk's rows get. */
export function candidatesKernel(
  vocabSize: number,
  logitsStride: number,
  hasSplits: boolean,
): KernelSpec {
  const partCount = candidateParts(vocabSize, hasSplits);
  return {
    entryPoint: 'candidates',
    variant: 'f32',
    code: [params, part, candidates].join('\n'),
    bindings: ['read', 'write'],
    constants: {
      vocab_size: vocabSize,
      logits_stride: logitsStride,
      candidate_count: candidateCount(vocabSize),
      width: hasSplits ? WIDTH : SOFTWARE_WIDTH,
      part_count: partCount,
      // Even parts: none is shorter than its candidates.
      part_length: Math.ceil(vocabSize / partCount),
    },
  };
}

export function candidatesWorkgroups(partCount: number, rowCount: number): Workgroups {
  return [partCount, rowCount, 1];
}

/** Bindings: the parts' candidates, out. One workgroup for each row: `candidatesWorkgroups` of one part. */
export function candidatesMergeKernel(vocabSize: number): KernelSpec {
  return {
    entryPoint: 'candidates',
    variant: 'merge',
    code: [params, merge, candidates].join('\n'),
    bindings: ['read', 'write'],
    constants: {
      candidate_count: candidateCount(vocabSize),
      width: WIDTH,
      part_count: candidateParts(vocabSize, true),
    },
  };
}
