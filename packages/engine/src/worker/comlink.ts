import * as Comlink from 'comlink';
import type { StepRequest, StepResult } from '../stage.ts';
import { registerErrors } from './comlink-errors.ts';
import type { EngineApi, LoadProgress } from './engine-api.ts';

/*
 * Comlink for the engine's worker (`onnx/embedding-comlink.ts` has the other one). It makes errors keep their codes (out of the box only name,
 * message and stack cross) and buffers move instead of being copied.
 */

/** Serves an engine to the page that started this worker. */
export function exposeEngine(engine: EngineApi): void {
  registerErrors();
  const served: EngineApi = {
    ...engine,
    step: async (request) => {
      const result = await engine.step(request);
      return Comlink.transfer(result, resultBuffers(result));
    },
  };
  Comlink.expose(served);
}

/** The engine in a worker, as the page calls it. Calls never settle once the worker is gone. */
export function wrapEngine(worker: Worker): EngineApi {
  registerErrors();
  const remote = Comlink.wrap<EngineApi>(worker);
  return {
    whenWatched: () => remote.whenWatched(),
    probe: () => remote.probe(),
    loadStage: (options, onProgress) =>
      remote.loadStage(
        options,
        Comlink.proxy((progress: LoadProgress) => onProgress(progress)),
      ),
    setGpuShare: (gpuShare) => remote.setGpuShare(gpuShare),
    openSession: (...session) => remote.openSession(...session),
    closeSession: (...session) => remote.closeSession(...session),
    step: (request) => {
      const owned = ownBuffers(request);
      return remote.step(Comlink.transfer(owned, requestBuffers(owned)));
    },
    stats: () => remote.stats(),
    whenTuned: () => remote.whenTuned(),
    whenLost: () => remote.whenLost(),
    unload: () => remote.unload(),
  };
}

/** A view of a larger buffer is copied: transferring it would take the rest away from its owner. */
function ownBuffers(request: StepRequest): StepRequest {
  const { tokenIds, hidden } = request;
  return {
    ...request,
    ...(tokenIds && { tokenIds: isWhole(tokenIds) ? tokenIds : tokenIds.slice() }),
    ...(hidden && { hidden: isWhole(hidden) ? hidden : hidden.slice() }),
  };
}

function isWhole(view: ArrayBufferView): boolean {
  return view.byteLength === view.buffer.byteLength;
}

function requestBuffers({ tokenIds, hidden }: StepRequest): ArrayBuffer[] {
  return [tokenIds, hidden].flatMap((view) => (view === undefined ? [] : [view.buffer]));
}

function resultBuffers({ hidden, candidates }: StepResult): ArrayBuffer[] {
  const views = [hidden, candidates?.tokenIds, candidates?.logits, candidates?.logSumExp];
  return views.flatMap((view) => (view === undefined ? [] : [view.buffer]));
}
