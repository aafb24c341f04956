import { EngineError } from '../error.ts';
import { createPassQueue, type PassQueue } from '../pass-queue.ts';
import type { Stage } from '../stage.ts';
import { type GpuDevice, requestAdapter, requestDevice } from '../webgpu/device.ts';
import { describeAdapter } from './adapter-report.ts';
import { createDeferred } from './deferred.ts';
import type { EngineApi, LoadedStage, LoadProgress, LoadStageOptions } from './engine-api.ts';
import { loadWorkerStage } from './load-worker-stage.ts';
import { createPacer, type Pacer, type PacerClock } from './pacer.ts';

/** What is loading or loaded; gone after `unload`. */
interface Held {
  readonly pacer: Pacer;
  readonly queue: PassQueue;
  readonly unloading: AbortController;
  gpu?: GpuDevice;
  stage?: Stage;
}

/** The engine as it runs in its worker: at most one stage on a device of its own. */
export function createWorkerEngine(): EngineApi {
  let held: Held | undefined;
  let lost = createDeferred<string>();
  let isLost = false;

  const stageOf = (): { held: Held; stage: Stage } => {
    if (held?.stage !== undefined) return { held, stage: held.stage };
    throw new EngineError('disposed', 'no stage is loaded; load one first');
  };

  const load = async (
    mine: Held,
    options: LoadStageOptions,
    onProgress: (progress: LoadProgress) => void,
  ): Promise<LoadedStage> => {
    const { signal } = mine.unloading;
    const gpu = await requestDevice();
    mine.gpu = gpu;
    void gpu.lost.then((reason) => {
      // An unload destroys the device too, but that is no loss.
      if (signal.aborted) return;
      isLost = true;
      lost.resolve(reason);
    });
    throwIfUnloaded(signal);
    const { stage, loaded } = await loadWorkerStage({ gpu, options, onProgress, signal });
    if (signal.aborted) stage.dispose();
    throwIfUnloaded(signal);
    mine.stage = stage;
    return loaded;
  };

  const unload = (mine: Held): void => {
    mine.unloading.abort();
    mine.stage?.dispose();
    mine.gpu?.destroy();
    if (held === mine) held = undefined;
  };

  return {
    async probe() {
      const adapter = await requestAdapter();
      return describeAdapter(adapter.info, adapter.limits, adapter.features);
    },
    async loadStage(options, onProgress) {
      if (held !== undefined) {
        throw new EngineError('bad-step', 'a stage is loaded or loading; unload it first');
      }
      const unloading = new AbortController();
      const pacer = createPacer(options.gpuShare, CLOCK, unloading.signal);
      const queue = createPassQueue((requests) => {
        return pacer.run(() => stageOf().stage.pass(requests));
      });
      const mine: Held = { pacer, queue, unloading };
      held = mine;
      if (isLost) lost = createDeferred();
      isLost = false;
      try {
        return await load(mine, options, onProgress);
      } catch (error) {
        const isUnloaded = unloading.signal.aborted;
        unload(mine);
        if (isUnloaded) throwIfUnloaded(unloading.signal);
        throw error;
      }
    },
    async setGpuShare(gpuShare) {
      stageOf().held.pacer.setShare(gpuShare);
    },
    async openSession(...session) {
      return await stageOf().stage.openSession(...session);
    },
    async closeSession(...session) {
      held?.stage?.closeSession(...session);
    },
    async step(request) {
      return await stageOf().held.queue.add(request);
    },
    async stats() {
      return stageOf().stage.stats();
    },
    whenLost: () => lost.promise,
    async unload() {
      if (held !== undefined) unload(held);
    },
  };
}

function throwIfUnloaded(signal: AbortSignal): void {
  if (signal.aborted) throw new EngineError('disposed', 'the stage was unloaded; load it again');
}

const CLOCK: PacerClock = {
  now: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const finish = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal.addEventListener('abort', finish);
    });
  },
};
