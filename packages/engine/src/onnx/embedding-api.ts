import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import type { BackendReason } from '../worker/backend-reason.ts';
import type { LoadProgress } from '../worker/engine-api.ts';
import type { OnnxProvider } from './ort.ts';

/** Which provider computes, and why. */
export interface ProviderChoice {
  readonly provider: OnnxProvider;
  /** Median milliseconds of one short text on each provider that was tried. */
  readonly msPerText: Readonly<Partial<Record<OnnxProvider, number>>>;
  readonly reason: BackendReason;
}

export interface LoadEmbeddingOptions {
  /** Names the model: every byte is checked against the manifest this root commits to. */
  readonly modelRoot: string;
  readonly manifestUrl: string;
  /** Mirrors of the ONNX file, tried in order. */
  readonly sourceUrls: readonly string[];
  readonly tokenizerUrls: readonly string[];
  /** Bound on the model and what its runtime needs beside it. */
  readonly memoryBytesMax: number;
  /** 0.05 to 1: the fraction of time the device may be kept busy. */
  readonly gpuShare: number;
  /** Measured where it is not stated. */
  readonly provider?: OnnxProvider;
}

export interface LoadedEmbedding {
  readonly modelRoot: string;
  readonly card: EmbeddingCard;
  /** Provider and library, e.g. `onnx-wasm`; the file decides the precision. */
  readonly numericClass: string;
  readonly weightBytes: number;
  readonly choice: ProviderChoice;
  /** Median milliseconds of one short text on the chosen provider. */
  readonly msPerText: number;
}

export interface EmbeddedTexts {
  /** `[texts, dimension]` */
  readonly vectors: Float32Array<ArrayBuffer>;
  /** Tokens of all texts together, marks included. */
  readonly tokenCount: number;
  /** Time in the runtime; rests that the share asks for are not counted. */
  readonly computeMs: number;
}

/**
 * What a page calls in the embedding worker. One worker holds at most one model. Vectors are
 * transferred; errors carry their codes (`EngineError`, `ModelError`) across the boundary.
 */
export interface EmbeddingApi {
  /** Resolves once the end of this worker would be noticed: see worker-life. */
  whenWatched(): Promise<void>;
  load(
    options: LoadEmbeddingOptions,
    onProgress: (progress: LoadProgress) => void,
  ): Promise<LoadedEmbedding>;
  setGpuShare(gpuShare: number): Promise<void>;
  /** Texts as people wrote them; the worker has the tokenizer. */
  embed(texts: readonly string[]): Promise<EmbeddedTexts>;
  /** Resolves with the reason when the GPU is taken away; never where none computes. */
  whenLost(): Promise<string>;
  /** Cancels a running load and frees the model. */
  unload(): Promise<void>;
}
