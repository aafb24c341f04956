import { EngineError, stageUnloaded } from '../error.ts';
import { TUNING_IDLE_MS } from '../limits.ts';
import { createPassQueue, type PassQueue } from '../pass-queue.ts';
import type { StepOutcome } from '../stage.ts';
import type { GpuDevice } from '../webgpu/device.ts';
import { createDeferred } from './deferred.ts';
import type {
  EngineApi,
  LoadedStage,
  LoadProgress,
  LoadStageOptions,
  TuningReport,
} from './engine-api.ts';
import { loadWorkerStage } from './load-worker-stage.ts';
import { probeDevice, type WorkerStage } from './open-device.ts';
import { createPacer, type Pacer } from './pacer.ts';
import { PACER_CLOCK } from './pacer-clock.ts';
import { createTurns, type Turns } from './turns.ts';

/** What is loading or loaded; gone after `unload`. */
interface Held {
  readonly pacer: Pacer;
  readonly unloading: AbortController;
  gpu?: GpuDevice;
  stage?: WorkerStage;
  queue?: PassQueue;
  tuned?: Promise<TuningReport>;
}

/**
 * The engine as it runs in its worker: at most one stage on a device of its own. `onBroken` hears that a thread
 * of the processor failed or hangs: nothing can be computed here any more.
 */
export function createWorkerEngine(onBroken: () => void): Omit<EngineApi, 'whenWatched'> {
  let held: Held | undefined;
  let lost = createDeferred<string>();
  let isLost = false;

  const stageOf = (): { held: Held; stage: WorkerStage } => {
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
    const turns = createTurns(mine.pacer, PACER_CLOCK, signal, TUNING_IDLE_MS);
    mine.queue = createPassQueue((requests, begin) =>
      turns.pass(async () => {
        begin();
        const outcomes = await stage.pass(requests);
        if (stage.threadCount > 0 && outcomes.some(isBroken)) onBroken();
        return outcomes;
      }),
    );
    mine.tuned = tuneInPauses(stage, turns);
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
      const pacer = createPacer(options.gpuShare, PACER_CLOCK, unloading.signal);
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
      // While it loads too: the share is a promise to the person from the first pass on.
      if (held === undefined) {
        throw new EngineError('disposed', 'no stage is loaded; load one first');
      }
      held.pacer.setShare(gpuShare);
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
      const { stage, held: mine } = stageOf();
      return { ...stage.stats(), busyMs: mine.pacer.busyMs };
    },
    async whenTuned() {
      const { tuned } = stageOf().held;
      return (await tuned) ?? { choices: {} };
    },
    whenLost: () => lost.promise,
    async unload() {
      if (held !== undefined) unload(held);
    },
  };
}

/** Refused steps have other codes. */
function isBroken(outcome: StepOutcome): boolean {
  if (!('error' in outcome)) return false;
  return outcome.error.code === 'validation' || outcome.error.code === 'timed-out';
}

/** Faster kernels are worth having but nothing depends on them: what goes wrong is only told. */
async function tuneInPauses(stage: WorkerStage, turns: Turns): Promise<TuningReport> {
  try {
    // Before it measures it compiles, which has to wait as well.
    await turns.whenIdle(async () => undefined);
    return { choices: (await stage.tune?.(turns.whenIdle)) ?? {} };
  } catch (error) {
    const code = error instanceof EngineError ? error.code : 'validation';
    return { choices: {}, problem: { code, message: String(error) } };
  }
}

function throwIfUnloaded(signal: AbortSignal): void {
  if (signal.aborted) throw stageUnloaded();
}
