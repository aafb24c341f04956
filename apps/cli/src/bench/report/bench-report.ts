import type { ContenderName } from '../../../harness/bench/bench-messages.ts';
import type { AdapterPeaks } from '../measure/adapter-peaks.ts';
import type { KernelTime } from '../measure/kernel-timer.ts';

/** What `--json` prints. Times are medians unless they are called samples. */
export interface BenchReport {
  readonly version: 1;
  readonly startedAt: string;
  readonly machine: Machine;
  /** `null` where there is no adapter, or its limits could not be measured. */
  readonly adapter: AdapterPeaks | null;
  readonly cases: readonly CaseReport[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
  readonly runtime: string;
}

/** Contenders on the same weights and the same device. */
export interface CaseReport {
  readonly model: string;
  readonly type: string;
  readonly backend: 'webgpu' | 'wasm';
  readonly blockCount: number;
  /** Of the model that the shape is of. */
  readonly wholeBlockCount: number;
  /** Bytes of weights that a decode step reads. */
  readonly decodeBytes: number;
  readonly contenders: readonly ContenderReport[];
}

export type ContenderReport = Measured | NotMeasured;

/** A contender that failed, or whose answers are not ours. */
export interface NotMeasured {
  readonly name: ContenderName;
  readonly status: 'failed' | 'disagrees';
  readonly reason: string;
  readonly agreement: Agreement | null;
}

export interface Measured {
  readonly name: ContenderName;
  readonly status: 'measured';
  readonly detail: string;
  /** With ours on the same backend; `null` for the one that the others are compared with. */
  readonly agreement: Agreement | null;
  readonly loadMs: number;
  /** Loading and the first prefill together. */
  readonly firstTokenMs: number;
  /** With as many blocks as `blockCount` says. */
  readonly measured: Speeds;
  /** One block; `null` where only the whole was measured. */
  readonly perBlock: Speeds | null;
  /** All blocks: measured, or blocks times `perBlock` plus the ends; `null` where neither is known. */
  readonly whole: Speeds | null;
  readonly samples: Samples;
  readonly dispatchesPerToken: number;
  /** Zero for contenders whose memory nobody can see. */
  readonly peakGpuBytes: number;
  readonly wasmBytes: number;
  /** Shares of the adapter's own peaks; `null` on processors. */
  readonly copyShare: number | null;
  readonly matMulShare: number | null;
  readonly kernels: readonly KernelTime[] | null;
  readonly batch: Batch | null;
}

export interface Speeds {
  /** Milliseconds a token. */
  readonly decodeMs: number;
  readonly prefill: readonly Prefill[];
}

export interface Prefill {
  readonly tokenCount: number;
  /** `null` where it was expected to take longer than the time that there was. */
  readonly ms: number | null;
}

export interface Samples {
  readonly decodeMs: readonly number[];
  readonly prefill: readonly {
    readonly tokenCount: number;
    readonly samplesMs: readonly number[];
  }[];
}

/** Rows of several sessions in a pass. */
export interface Batch {
  readonly sessionCount: number;
  readonly oneMs: number;
  readonly togetherMs: number;
}

export interface Agreement {
  /** The largest difference of log-probabilities of likely tokens, as a share of the largest one. */
  readonly relative: number;
  readonly absolute: number;
  /** Of the answers compared, how many have the same likeliest token. */
  readonly sameLikeliest: number;
  readonly answers: number;
}
