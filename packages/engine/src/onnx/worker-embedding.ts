import { EngineError } from '../error.ts';
import { createPacer, type Pacer, type PacerClock } from '../worker/pacer.ts';
import type { EmbeddingApi } from './embedding-api.ts';
import { EMBEDDING_TEXTS_MAX } from './limits.ts';
import { loadEmbedding, type ReadyEmbedding } from './load-embedding.ts';
import { createRequestQueue } from './request-queue.ts';

/** What is loading or loaded; gone after `unload`. */
interface Held {
  readonly pacer: Pacer;
  readonly queue: ReturnType<typeof createRequestQueue>;
  readonly unloading: AbortController;
  ready?: ReadyEmbedding;
}

/** The embedding engine as it runs in its worker: at most one model. */
export function createWorkerEmbedding(clock: PacerClock): Omit<EmbeddingApi, 'whenWatched'> {
  let held: Held | undefined;

  const readyOf = (): Held & { readonly ready: ReadyEmbedding } => {
    const { ready } = held ?? {};
    if (held !== undefined && ready !== undefined) return { ...held, ready };
    throw new EngineError('disposed', 'no model is loaded; load one first');
  };
  const unload = async (mine: Held): Promise<void> => {
    mine.unloading.abort();
    if (held === mine) held = undefined;
    await mine.ready?.model.dispose();
  };

  return {
    async load(options, onProgress) {
      if (held !== undefined) {
        throw new EngineError('bad-step', 'a model is loaded or loading; unload it first');
      }
      const unloading = new AbortController();
      const pacer = createPacer(options.gpuShare, clock, unloading.signal);
      const mine: Held = { pacer, queue: createRequestQueue(), unloading };
      held = mine;
      try {
        const ready = await loadEmbedding(options, onProgress, unloading.signal);
        mine.ready = ready;
        if (unloading.signal.aborted) await ready.model.dispose();
        throwIfUnloaded(unloading.signal);
        return ready.loaded;
      } catch (error) {
        const isUnloaded = unloading.signal.aborted;
        await unload(mine);
        if (isUnloaded) throwIfUnloaded(unloading.signal);
        throw error;
      }
    },
    async setGpuShare(gpuShare) {
      if (held === undefined) {
        throw new EngineError('disposed', 'no model is loaded; load one first');
      }
      held.pacer.setShare(gpuShare);
    },
    async embed(texts) {
      const { ready, queue, pacer } = readyOf();
      const { tokenizer, model } = ready;
      if (texts.length > EMBEDDING_TEXTS_MAX) {
        throw new EngineError('bad-step', `at most ${EMBEDDING_TEXTS_MAX} texts at a time`);
      }
      const tokenIds = texts.map((text) => tokenizer.encode(text));
      let computeMs = 0;
      const vectors = await queue.add(() =>
        model.embed(tokenIds, (work) =>
          pacer.run(async () => {
            const startedAt = clock.now();
            const value = await work();
            computeMs += clock.now() - startedAt;
            return value;
          }),
        ),
      );
      const tokenCount = tokenIds.reduce((sum, { length }) => sum + length, 0);
      return { vectors, tokenCount, computeMs };
    },
    async whenLost() {
      const { onnx, model } = readyOf().ready;
      return model.provider === 'webgpu' ? onnx.whenLost() : new Promise(() => undefined);
    },
    async unload() {
      if (held !== undefined) await unload(held);
    },
  };
}

function throwIfUnloaded(signal: AbortSignal): void {
  if (signal.aborted) throw new EngineError('disposed', 'the model was unloaded; load it again');
}
