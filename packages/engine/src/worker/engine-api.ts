import type { EngineErrorCode } from '../error.ts';
import type {
  OpenedSession,
  SessionRange,
  StageRange,
  StageStats,
  StepRequest,
  StepResult,
} from '../stage.ts';
import type { KernelVariant } from '../wasm/kernels.ts';
import type { BackendReason } from './backend-reason.ts';
import type { BackendChoice, BackendKind } from './choose-backend.ts';

/** What a page learns about the adapter before anybody consents; nothing is allocated for it. */
export interface AdapterReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly isFallback: boolean;
  readonly bufferBytesMax: number;
  readonly bindingBytesMax: number;
  readonly features: readonly string[];
}

/** What this device can compute with; known before anybody consents. */
export interface EngineReport {
  /** Absent where WebGPU gave no adapter: `gpuProblem` says why. */
  readonly adapter?: AdapterReport;
  readonly gpuProblem?: { readonly code: EngineErrorCode; readonly message: string };
  /** Absent where this browser has no WebAssembly SIMD. */
  readonly wasm?: KernelVariant;
}

export interface LoadStageOptions extends StageRange {
  /** Names the model: every byte is checked against the manifest this root commits to. */
  readonly modelRoot: string;
  readonly manifestUrl: string;
  /** Mirrors of the GGUF file, tried in order. */
  readonly sourceUrls: readonly string[];
  /** Bound on weights plus KV caches. */
  readonly memoryBytesMax: number;
  readonly backend: BackendChoice;
  /** `f32`: activations, keys and values stay exact. `auto`: rounded where that is faster and as good. */
  readonly activations: 'f32' | 'auto';
  /** 0.05 to 1: the fraction of time the GPU or the processor may be kept busy. */
  readonly gpuShare: number;
  /** Threads of the processor, where it computes: by default half of what the device has (`choose-threads.ts`). */
  readonly threadsMax?: number | undefined;
}

export interface LoadProgress {
  readonly phase: 'manifest' | 'choose' | 'weights' | 'compile' | 'test' | 'measure' | 'ready';
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** Of `loadedBytes`, what came over the network (the rest came from the cache). */
  readonly networkBytes: number;
  readonly bytesPerSecond: number;
  /** Cache pieces that failed their hash and were fetched again. */
  readonly repairedPieces: number;
}

export interface LoadedStage extends StageRange {
  readonly modelRoot: string;
  readonly hiddenSize: number;
  readonly blockCount: number;
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly numericClass: string;
  readonly weightBytes: number;
  /** Milliseconds one block took for one token just after loading. */
  readonly msPerBlock: number;
  readonly backend: BackendKind;
  /** Of the processor; 0 where the GPU computes. */
  readonly threadCount: number;
  /** Why this one, in a sentence. */
  readonly backendReason: BackendReason;
  /** What WebGPU computes on. */
  readonly adapter?: AdapterReport;
}

/** What a loaded stage holds, and what it has done. */
export interface EngineStats extends StageStats {
  /** How long the device computed since it was loaded; the rests that the share asks for are left out. */
  readonly busyMs: number;
}

/** How tuning of the loaded stage's kernels ended. */
export interface TuningReport {
  /** The fastest variant of each product that has several here. */
  readonly choices: Readonly<Record<string, string>>;
  /** Why it ended early; the stage serves with the kernels it had. */
  readonly problem?: { readonly code: string; readonly message: string };
}

/**
 * What the page calls in the engine worker through comlink. One worker holds at most one stage.
 * Buffers in `step` requests and results are transferred, never copied. Errors carry their codes
 * (`EngineError`, `ModelError`) across the boundary.
 */
export interface EngineApi {
  /** Resolves once the end of this worker would be noticed: see worker-life. */
  whenWatched(): Promise<void>;
  /** Rejects only where nothing here can compute. */
  probe(): Promise<EngineReport>;
  loadStage(
    options: LoadStageOptions,
    onProgress: (progress: LoadProgress) => void,
  ): Promise<LoadedStage>;
  setGpuShare(gpuShare: number): Promise<void>;
  openSession(
    sessionId: string,
    range: SessionRange,
    prefixKeys?: readonly string[],
  ): Promise<OpenedSession>;
  closeSession(sessionId: string, prefixKeys?: readonly string[]): Promise<void>;
  step(request: StepRequest): Promise<StepResult>;
  stats(): Promise<EngineStats>;
  /** Tuning goes on in the pauses after the loaded stage's first pass; resolves when it has ended. */
  whenTuned(): Promise<TuningReport>;
  /** Resolves with the reason when the device is lost; never otherwise. */
  whenLost(): Promise<string>;
  /** Cancels a running load, frees every GPU buffer and destroys the device. */
  unload(): Promise<void>;
}
