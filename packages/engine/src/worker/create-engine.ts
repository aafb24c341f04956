import { EngineError } from '../error.ts';
import { wrapEngine } from './comlink.ts';
import type { EngineApi } from './engine-api.ts';
import EngineWorker from './engine-worker.ts?worker';
import { watchWorker } from './worker-life.ts';

/** An engine in a worker of its own. Buffers given to `step` are transferred. */
export interface EngineHandle extends Omit<EngineApi, 'whenWatched'> {
  /** Ends the worker at once; calls that wait reject with `disposed`. */
  terminate(): void;
}

/** Starts the engine worker. It loads and allocates nothing before it is asked to. */
export function createEngine(): EngineHandle {
  return driveEngine((name) => new EngineWorker({ name }));
}

/** The engine that a worker of the given name exposes, and an end to waiting when that worker is gone. */
export function driveEngine(startWorker: (name: string) => Worker): EngineHandle {
  const name = `manyhands-engine-${crypto.randomUUID()}`;
  const worker = startWorker(name);
  const api = wrapEngine(worker);
  const waiting = new Set<(error: EngineError) => void>();
  let end: EngineError | undefined;
  const reject = (error: EngineError): void => {
    end ??= error;
    for (const rejectOne of waiting) rejectOne(end);
    waiting.clear();
  };
  watchWorker(worker, name, api.whenWatched(), (reason) => {
    reject(
      new EngineError('disposed', `the engine worker stopped: ${reason}; load the stage again`),
    );
  });
  /** No race with a promise that never settles: that one would remember every step there ever was. */
  const orGone = <T>(answer: Promise<T>): Promise<T> =>
    new Promise((resolve, rejectOne) => {
      waiting.add(rejectOne);
      answer.then(resolve, rejectOne).finally(() => waiting.delete(rejectOne));
      if (end !== undefined) reject(end);
    });

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
