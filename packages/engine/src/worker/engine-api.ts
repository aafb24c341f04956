import type {
  OpenedSession,
  SessionRange,
  StageRange,
  StageStats,
  StepRequest,
  StepResult,
} from '../stage.ts';
import type { KvType } from '../webgpu/kv/kv-type.ts';

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

export interface LoadStageOptions extends StageRange {
  /** Names the model: every byte is checked against the manifest this root commits to. */
  readonly modelRoot: string;
  readonly manifestUrl: string;
  /** Mirrors of the GGUF file, tried in order. */
  readonly sourceUrls: readonly string[];
  /** Bound on weights plus KV caches. */
  readonly memoryBytesMax: number;
  /** 0.05 to 1: the fraction of time the GPU may be kept busy. */
  readonly gpuShare: number;
  /** How keys and values are held: left out, what suits the adapter. */
  readonly kvType?: KvType;
}

export interface LoadProgress {
  readonly phase: 'manifest' | 'weights' | 'compile' | 'measure' | 'ready';
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
  /** Median milliseconds one block took for one token just after loading. */
  readonly msPerBlock: number;
  readonly adapter: AdapterReport;
}

/**
 * What the page calls in the engine worker through comlink. One worker holds at most one stage.
 * Buffers in `step` requests and results are transferred, never copied. Errors carry their codes
 * (`EngineError`, `ModelError`) across the boundary.
 */
export interface EngineApi {
  probe(): Promise<AdapterReport>;
  loadStage(
    options: LoadStageOptions,
    onProgress: (progress: LoadProgress) => void,
  ): Promise<LoadedStage>;
  setGpuShare(gpuShare: number): Promise<void>;
  /** `prefixKeys`: see `Stage`. */
  openSession(
    sessionId: string,
    range: SessionRange,
    prefixKeys?: readonly string[],
  ): Promise<OpenedSession>;
  closeSession(sessionId: string, prefixKeys?: readonly string[]): Promise<void>;
  /** Steps of different sessions that wait share passes. */
  step(request: StepRequest): Promise<StepResult>;
  stats(): Promise<StageStats>;
  /** Resolves with the reason when the device is lost; never otherwise. */
  whenLost(): Promise<string>;
  /** Cancels a running load, frees every GPU buffer and destroys the device. */
  unload(): Promise<void>;
}
