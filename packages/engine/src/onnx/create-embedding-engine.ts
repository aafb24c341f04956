import { EngineError } from '../error.ts';
import { createDeferred } from '../worker/deferred.ts';
import { watchWorker } from '../worker/worker-life.ts';
import type { EmbeddingApi } from './embedding-api.ts';
import { wrapEmbedding } from './embedding-comlink.ts';
import EmbeddingWorker from './embedding-worker.ts?worker';
import { EMBEDDING_CALL_MS_MAX } from './limits.ts';

/** An embedding engine in a worker of its own. */
export interface EmbeddingHandle extends Omit<EmbeddingApi, 'whenWatched'> {
  /** Ends the worker at once; calls that wait reject with `disposed`. */
  terminate(): void;
}

export interface EmbeddingEngineOptions {
  /** Longest time one call of `embed` may take, its rests included. */
  readonly callMsMax?: number;
}

/** Starts the worker. It fetches no runtime and no model before it is asked to. */
export function createEmbeddingEngine(options: EmbeddingEngineOptions = {}): EmbeddingHandle {
  const { callMsMax = EMBEDDING_CALL_MS_MAX } = options;
  const name = `manyhands-embedding-${crypto.randomUUID()}`;
  const worker = new EmbeddingWorker({ name });
  const api = wrapEmbedding(worker);
  const { promise: gone, reject } = createDeferred<never>();
  gone.catch(() => undefined);
  const end = (error: EngineError): void => {
    worker.terminate();
    reject(error);
  };
  watchWorker(worker, name, api.whenWatched(), (reason) => {
    const text = `the embedding worker stopped: ${reason}; load the model again`;
    end(new EngineError('disposed', text));
  });
  const orGone = <T>(answer: Promise<T>): Promise<T> => Promise.race([answer, gone]);

  return {
    load: (loadOptions, onProgress) => orGone(api.load(loadOptions, onProgress)),
    setGpuShare: (gpuShare) => orGone(api.setGpuShare(gpuShare)),
    async embed(texts) {
      // The runtime cannot be interrupted: what hangs in it is ended with its worker.
      const timer = setTimeout(() => {
        const text = `an embedding took longer than ${callMsMax} ms; load the model again`;
        end(new EngineError('timed-out', text));
      }, callMsMax);
      try {
        return await orGone(api.embed(texts));
      } finally {
        clearTimeout(timer);
      }
    },
    whenLost: () => orGone(api.whenLost()),
    unload: () => orGone(api.unload()),
    terminate: () => end(new EngineError('disposed', 'the engine was stopped; start another one')),
  };
}
