import type { EmbeddingHandle } from '@manyhands/engine/onnx/create-embedding-engine';
import type { LoadEmbeddingOptions, LoadedEmbedding } from '@manyhands/engine/onnx/embedding-api';
import type { LoadProgress } from '@manyhands/engine/worker/engine-api';
import type { PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Transport } from '@manyhands/swarm/link';
import { reportError } from '../error-report.ts';
import { createEmbeddingHost, type EmbeddingHost, type EmbeddingWork } from './embedding-host.ts';

export interface EmbeddingJobOptions {
  readonly createEngine: () => EmbeddingHandle;
  readonly transport: Transport;
  readonly load: LoadEmbeddingOptions;
  readonly onProgress: (progress: LoadProgress) => void;
  /** Loaded, and taking requests. */
  readonly onServing: (loaded: LoadedEmbedding) => void;
  /** The GPU is gone: the same model is about to be loaded for the processor. */
  readonly onInterrupted: (reason: string) => void;
  readonly onWork: (work: EmbeddingWork) => void;
  readonly onRequestCount: (requestCount: number) => void;
  /** It serves no more; never called after `terminate`. */
  readonly onFailed: (error: unknown) => void;
}

/** A volunteer's work with one embedding model, from loading to the end. */
export interface EmbeddingJob {
  /** Resolves when serving. Rejects with what loading found. */
  start(): Promise<void>;
  setGpuShare(gpuShare: number): Promise<void>;
  /** Tells the peers and takes no more requests. */
  dispose(reason: PeerMessageOf<'goodbye'>['reason']): Promise<void>;
  unload(): Promise<void>;
  terminate(): void;
}

/**
 * Loads the model and serves it. When the GPU is taken away it goes on with the processor, once, from
 * the pieces that the cache kept; whatever else ends the engine ends the job.
 */
export function createEmbeddingJob(options: EmbeddingJobOptions): EmbeddingJob {
  let engine = options.createEngine();
  let host: EmbeddingHost | undefined;
  let { gpuShare } = options.load;
  let isOver = false;

  const fail = (error: unknown): void => {
    if (isOver) return;
    isOver = true;
    options.onFailed(error);
  };

  const serve = async (load: LoadEmbeddingOptions): Promise<void> => {
    const current = engine;
    const loaded = await current.load({ ...load, gpuShare }, options.onProgress);
    let isLost = false;
    const lose = (error: unknown): void => {
      if (isLost || isOver || engine !== current) return;
      isLost = true;
      const { code, message } = reportError(error);
      const isGpu = code === 'device-lost' && loaded.choice.provider === 'webgpu';
      if (isGpu) void goOnWithoutGpu(message);
      else fail(error);
    };
    host = createEmbeddingHost({
      modelRoot: loaded.modelRoot,
      dimension: loaded.card.dimension,
      engine: current,
      transport: options.transport,
      onWork: options.onWork,
      onRequestCount: options.onRequestCount,
      onEngineLost: lose,
    });
    options.onServing(loaded);
    void current.whenLost().then(
      (reason) => lose(Object.assign(new Error(reason), { code: 'device-lost' })),
      // The worker ended: whoever waited for it has been told.
      () => undefined,
    );
  };

  const goOnWithoutGpu = async (reason: string): Promise<void> => {
    options.onInterrupted(reason);
    try {
      // Who waits is told at once and asks somebody else.
      await host?.dispose('replaced');
      engine.terminate();
      if (isOver) return;
      engine = options.createEngine();
      await serve({ ...options.load, provider: 'wasm' });
    } catch (error) {
      fail(error);
    }
  };

  return {
    start: () => serve(options.load),
    setGpuShare(share) {
      gpuShare = share;
      return engine.setGpuShare(share);
    },
    async dispose(reason) {
      isOver = true;
      await host?.dispose(reason);
    },
    unload: () => engine.unload(),
    terminate() {
      isOver = true;
      engine.terminate();
    },
  };
}
