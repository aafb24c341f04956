import type { AdapterPeaks } from '../../src/bench/measure/adapter-peaks.ts';
import type { Part } from '../../src/bench/measure/contender.ts';
import type { KernelTime } from '../../src/bench/measure/kernel-timer.ts';
import type { TimingPlan, Timings } from '../../src/bench/measure/time-contender.ts';
import type { HarnessResult } from '../harness-result.ts';

export const CONTENDERS = [
  'ours-webgpu',
  'ours-wasm-exact',
  'ours-wasm-relaxed',
  'ours-wasm-plain',
  'ort-webgpu',
  // Activations of products as bytes: faster on some adapters.
  'ort-webgpu-i8',
  'ort-wasm',
  'wllama-2',
  'wllama-3',
] as const;
export type ContenderName = (typeof CONTENDERS)[number];

export interface LoadRequest {
  readonly contender: ContenderName;
  readonly ggufUrl: string;
  /** The same weights for onnxruntime. */
  readonly onnxUrl?: string;
  readonly floats: 'f32' | 'f16';
  /** Folder of a rival's own files, with a slash at its end. */
  readonly scriptsUrl: string;
  readonly part: Part;
  readonly positionsMax: number;
  /** The prompt's text by its number of tokens, for contenders that take no tokens. */
  readonly texts: Readonly<Record<number, string>>;
}

export interface Loaded {
  readonly detail: string;
  readonly loadMs: number;
}

export interface CheckRequest {
  /** Run as one prefill. */
  readonly promptTokens: readonly number[];
  /** Then one by one, so that decode is checked too. */
  readonly decodeTokens: readonly number[];
  /** For each answer, which tokens' probabilities are wanted; by default the likeliest. */
  readonly tokenIds?: readonly (readonly number[])[];
}

/** What a contender says after the prompt and after each further token. */
export interface CheckedAnswer {
  readonly tokenIds: readonly number[];
  readonly logProbs: readonly (number | null)[];
  readonly likeliest: number;
}

export interface DeviceCounts {
  readonly dispatchesPerToken: number;
  readonly peakGpuBytes: number;
  readonly wasmBytes: number;
}

/** What a page is asked, one call at a time. */
export interface BenchCalls {
  /** The adapter's own limits, before anything is loaded. */
  peaks(): Promise<AdapterPeaks>;
  load(request: LoadRequest): Promise<Loaded>;
  check(request: CheckRequest): Promise<CheckedAnswer[]>;
  time(plan: TimingPlan): Promise<Timings>;
  /** Milliseconds of each round in which one session a token decodes. */
  decodeTogether(tokenIds: readonly number[], plan: TimingPlan): Promise<number[]>;
  counts(): Promise<DeviceCounts>;
  /** Where the time of a decode step goes on the device; `null` where that cannot be told. */
  kernels(): Promise<readonly KernelTime[] | null>;
  /** For hosts that outlive their contender; a page is closed instead. */
  unload(): Promise<void>;
}

export interface BenchCall {
  readonly method: keyof BenchCalls;
  readonly args: readonly unknown[];
}
export type BenchReply = HarnessResult<unknown>;

declare global {
  interface Window {
    /** Runs a call in the page's worker, or on the page itself for engines that bring a worker. */
    benchHarness?: (call: BenchCall, isOnPage: boolean) => Promise<BenchReply>;
  }
}
