import { driveEngine, type EngineHandle } from '@manyhands/engine/worker/create-engine';
import StandInWorker from './stand-in-worker.ts?worker';

/** More than an answer has; a soak of half an hour must not see them grow. */
const STEPS_MAX = 2_000;

/** Stand-in engines of a page, and how long their steps of one row took. */
export function createTimedEngines() {
  let oneRowMs: number[] = [];
  return {
    createEngine(): EngineHandle {
      const engine = driveEngine((name) => new StandInWorker({ name }));
      return {
        ...engine,
        async step(request) {
          const { tokenCount } = request;
          const startedMs = performance.now();
          const result = await engine.step(request);
          const tookMs = performance.now() - startedMs;
          if (tokenCount === 1 && oneRowMs.length < STEPS_MAX) oneRowMs.push(tookMs);
          return result;
        },
      };
    },
    takeSteps(): { oneRowMs: readonly number[] } {
      const taken = { oneRowMs };
      oneRowMs = [];
      return taken;
    },
  };
}
