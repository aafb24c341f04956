import type { EngineErrorCode } from '../error.ts';
import type { BackendKind } from '../worker/choose-backend.ts';
import type { EngineReport } from '../worker/engine-api.ts';
import type { BenchShapeId, BenchType } from './bench-shapes.ts';

export const CONTEXT_TOKENS = 64;
export const PREFILL_TOKENS = 64;

/** What one backend does with blocks of one shape; medians of several steps. */
export interface BenchFigures {
  readonly numericClass: string;
  /** Of the processor; 0 where the GPU computes. */
  readonly threadCount: number;
  readonly blockCount: number;
  /** One token through one block, with `CONTEXT_TOKENS` before it. */
  readonly decodeMsPerBlock: number;
  /** One token each of four conversations through one block, in one pass. */
  readonly batchMsPerBlock: number;
  /** `PREFILL_TOKENS` tokens through one block. */
  readonly prefillMsPerBlock: number;
  readonly dispatchesPerBlock: number;
  readonly weightBytes: number;
  readonly allocatedBytes: number;
}

/** One thing to measure. */
export interface BenchCase {
  readonly shape: BenchShapeId;
  readonly type: BenchType;
  readonly backend: BackendKind;
  readonly blockCount: number;
}

/** A case that was measured, or why it could not be. */
export type BenchRow =
  | (BenchCase & { readonly figures: BenchFigures })
  | (BenchCase & {
      readonly problem: { readonly code: EngineErrorCode | 'internal'; readonly message: string };
    });

/** What the bench worker says while it runs, in order. */
export type BenchEvent =
  | { readonly type: 'device'; readonly device: EngineReport }
  | { readonly type: 'case'; readonly benchCase: BenchCase }
  | { readonly type: 'row'; readonly row: BenchRow }
  | { readonly type: 'done' }
  | {
      readonly type: 'failed';
      readonly code: EngineErrorCode | 'internal';
      readonly message: string;
    };

/** Tokens a second that the whole model would decode at, embedding and head not counted. */
export function wholeModelRate(decodeMsPerBlock: number, blockCount: number): number {
  return 1000 / (decodeMsPerBlock * blockCount);
}
