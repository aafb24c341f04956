import { EngineError } from '../error.ts';
import { wrapEngine } from './comlink.ts';
import { createDeferred } from './deferred.ts';
import type { EngineApi } from './engine-api.ts';
import EngineWorker from './engine-worker.ts?worker';
import { whenWorkerEnds } from './worker-life.ts';

/** An engine in a worker of its own. Buffers given to `step` are transferred. */
export interface EngineHandle extends Omit<EngineApi, 'whenWatched'> {
  /** Ends the worker at once; calls that wait reject with `disposed`. */
  terminate(): void;
}

/** Starts the engine worker. It loads and allocates nothing before it is asked to. */
export function createEngine(): EngineHandle {
  const name = `manyhands-engine-${crypto.randomUUID()}`;
  const worker = new EngineWorker({ name });
  const api = wrapEngine(worker);
  const { promise: gone, reject } = createDeferred<never>();
  gone.catch(() => undefined);
  worker.addEventListener('error', (event) => {
    // Also a worker script that cannot be fetched; nothing would ever answer.
    const reason = event.message || 'its script could not be loaded';
    reject(new EngineError('disposed', `the engine worker stopped: ${reason}; reload the page`));
  });
  void api
    .whenWatched()
    .then(() => whenWorkerEnds(name))
    .then(() => {
      const text = 'the engine worker ended unexpectedly; load the stage again';
      reject(new EngineError('disposed', text));
    });
  const orGone = <T>(answer: Promise<T>): Promise<T> => Promise.race([answer, gone]);

  return {
    probe: () => orGone(api.probe()),
    loadStage: (options, onProgress) => orGone(api.loadStage(options, onProgress)),
    setGpuShare: (gpuShare) => orGone(api.setGpuShare(gpuShare)),
    openSession: (...session) => orGone(api.openSession(...session)),
    closeSession: (...session) => orGone(api.closeSession(...session)),
    step: (request) => orGone(api.step(request)),
    stats: () => orGone(api.stats()),
    whenTuned: () => orGone(api.whenTuned()),
    whenLost: () => orGone(api.whenLost()),
    unload: () => orGone(api.unload()),
    terminate() {
      worker.terminate();
      reject(new EngineError('disposed', 'the engine was stopped; start another one'));
    },
  };
}
