import * as Comlink from 'comlink';
import { registerErrors } from '../worker/comlink-errors.ts';
import type { LoadProgress } from '../worker/engine-api.ts';
import type { EmbeddingApi } from './embedding-api.ts';

/** Serves an embedding engine to the page that started this worker. Vectors are transferred. */
export function exposeEmbedding(engine: EmbeddingApi): void {
  registerErrors();
  const served: EmbeddingApi = {
    ...engine,
    embed: async (texts) => {
      const result = await engine.embed(texts);
      return Comlink.transfer(result, [result.vectors.buffer]);
    },
  };
  Comlink.expose(served);
}

/** The engine in a worker, as the page calls it. Calls never settle once the worker is gone. */
export function wrapEmbedding(worker: Worker): EmbeddingApi {
  registerErrors();
  const remote = Comlink.wrap<EmbeddingApi>(worker);
  return {
    whenWatched: () => remote.whenWatched(),
    load: (options, onProgress) =>
      remote.load(
        options,
        Comlink.proxy((progress: LoadProgress) => onProgress(progress)),
      ),
    setGpuShare: (gpuShare) => remote.setGpuShare(gpuShare),
    embed: (texts) => remote.embed(texts),
    whenLost: () => remote.whenLost(),
    unload: () => remote.unload(),
  };
}
