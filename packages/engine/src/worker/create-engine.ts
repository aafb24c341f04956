import { EngineError } from '../error.ts';
import { wrapEngine } from './comlink.ts';
import type { EngineApi } from './engine-api.ts';
import EngineWorker from './engine-worker.ts?worker';
import { createWorkerCalls } from './worker-calls.ts';
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
  const { orGone, end } = createWorkerCalls();
  watchWorker(worker, name, api.whenWatched(), (reason) => {
    end(new EngineError('disposed', `the engine worker stopped: ${reason}; load the stage again`));
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
      end(new EngineError('disposed', 'the engine was stopped; start another one'));
    },
  };
}
