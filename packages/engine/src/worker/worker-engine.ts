import { EngineError } from '../error.ts';
import { createPassQueue, type PassQueue } from '../pass-queue.ts';
import type { Stage } from '../stage.ts';
import type { GpuDevice } from '../webgpu/device.ts';
import { createDeferred } from './deferred.ts';
import type { EngineApi, LoadedStage, LoadProgress, LoadStageOptions } from './engine-api.ts';
import { loadWorkerStage } from './load-worker-stage.ts';
import { probeDevice } from './open-device.ts';
import { createPacer, type Pacer, type PacerClock } from './pacer.ts';

/** What is loading or loaded; gone after `unload`. */
interface Held {
  readonly pacer: Pacer;
  readonly unloading: AbortController;
  gpu?: GpuDevice;
  stage?: Stage;
  queue?: PassQueue;
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
    const onDevice = (gpu: GpuDevice): void => {
      mine.gpu = gpu;
      void gpu.lost.then((reason) => {
        // An unload destroys the device too, and so does a change to another one: that is no loss.
        if (signal.aborted || mine.gpu !== gpu || mine.stage === undefined) return;
        isLost = true;
        lost.resolve(reason);
      });
    };
    const { stage, loaded } = await loadWorkerStage({ options, onProgress, signal, onDevice });
    if (signal.aborted) stage.dispose();
    throwIfUnloaded(signal);
    mine.stage = stage;
    // One rest for a whole pass, however many sessions share it.
    mine.queue = createPassQueue((requests) => mine.pacer.run(() => stage.pass(requests)));
    return loaded;
  };

  const unload = (mine: Held): void => {
    mine.unloading.abort();
    mine.stage?.dispose();
    mine.gpu?.destroy();
    if (held === mine) held = undefined;
  };

  return {
    probe: probeDevice,
    async loadStage(options, onProgress) {
      if (held !== undefined) {
        throw new EngineError('bad-step', 'a stage is loaded or loading; unload it first');
      }
      const unloading = new AbortController();
      const pacer = createPacer(options.gpuShare, CLOCK, unloading.signal);
      const mine: Held = { pacer, unloading };
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
    async openSession(sessionId, range, prefixKeys) {
      return await stageOf().stage.openSession(sessionId, range, prefixKeys);
    },
    async closeSession(sessionId, prefixKeys) {
      held?.stage?.closeSession(sessionId, prefixKeys);
    },
    async step(request) {
      const { queue } = stageOf().held;
      if (queue === undefined) throw new EngineError('disposed', 'no stage is loaded; load one');
      return await queue.add(request);
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
