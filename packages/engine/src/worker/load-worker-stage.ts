import { stageTensors } from '@manyhands/model/stage-tensors';
import type { WeightProgress } from '@manyhands/model/store/meter';
import { openWeightStore, type WeightStore } from '@manyhands/model/store/weight-store';
import { EngineError, type EngineErrorCode } from '../error.ts';
import { selfTest } from '../self-test/self-test.ts';
import type { StageSpec } from '../stage.ts';
import type { GpuDevice } from '../webgpu/device.ts';
import { describeAdapter } from './adapter-report.ts';
import { problemOf } from './backend-reason.ts';
import type { LoadedStage, LoadProgress, LoadStageOptions } from './engine-api.ts';
import { loadProgress } from './load-progress.ts';
import { measureMsPerBlock } from './measure-stage.ts';
import {
  type OpenDevice,
  openDevice,
  type StageLimits,
  stageLoader,
  type WorkerStage,
} from './open-device.ts';

export interface StageLoad {
  readonly options: LoadStageOptions;
  readonly onProgress: (progress: LoadProgress) => void;
  readonly signal: AbortSignal;
  /** Called at once, so that a loss while loading is noticed. */
  readonly onDevice: (gpu: GpuDevice) => void;
}

type Report = (phase: LoadProgress['phase'], progress?: WeightProgress) => void;

/**
 * Manifest, a device, verified weights, kernels, a self-test: a stage that is ready to serve. The store
 * stays open until `signal` aborts: after a lost device the blocks are read from it again, so nobody may
 * delete them meanwhile.
 */
export async function loadWorkerStage(
  load: StageLoad,
): Promise<{ stage: WorkerStage; loaded: LoadedStage }> {
  const { options, onProgress, signal } = load;
  let store: WeightStore | undefined;
  const report: Report = (phase, progress) => {
    onProgress(loadProgress(phase, progress ?? store?.progress()));
  };
  report('manifest');
  try {
    store = await openWeightStore({
      modelRoot: options.modelRoot,
      manifestUrl: options.manifestUrl,
      sourceUrls: options.sourceUrls,
      onProgress: (progress) => report('weights', progress),
      signal,
    });
    const ready = await loadOnBestDevice(load, store, report);
    closeWith(signal, store);
    return ready;
  } catch (error) {
    store?.close();
    throw error;
  }
}

function closeWith(signal: AbortSignal, store: WeightStore): void {
  if (signal.aborted) store.close();
  else signal.addEventListener('abort', () => store.close(), { once: true });
}

/** A GPU that fails where the processor would do is no reason to send a volunteer away. */
async function loadOnBestDevice(load: StageLoad, store: WeightStore, report: Report) {
  const { options, signal } = load;
  const spec = planStage(options, store);
  const limits = limitsOf(load);
  report('choose');
  const device = await openDevice(options.backend, spec, limits);
  try {
    return await loadOn(device, load, spec, store, report);
  } catch (error) {
    device.gpu?.destroy();
    const isGpuFault = error instanceof EngineError && GPU_FAULTS.has(error.code);
    if (signal.aborted || options.backend !== 'auto' || !device.gpu || !isGpuFault) throw error;
    const reason = { code: 'gpu-failed', problem: problemOf(error) } as const;
    return await loadOn({ backend: 'wasm', reason }, load, spec, store, report);
  }
}

const GPU_FAULTS: ReadonlySet<EngineErrorCode> = new Set([
  'device-lost',
  'validation',
  'self-test-failed',
]);

function planStage(options: LoadStageOptions, store: WeightStore): StageSpec {
  const { firstBlock, endBlock, embeds, heads } = options;
  const { config, tensors } = store.manifest;
  const range = { firstBlock, endBlock, embeds, heads };
  return { ...range, config, tensors: store.plan(stageTensors(config, tensors, range)) };
}

function limitsOf({ options, signal }: StageLoad): StageLimits {
  const { memoryBytesMax, activations, threadsMax } = options;
  return { memoryBytesMax, activations, threadsMax, signal };
}

async function loadOn(
  device: OpenDevice,
  load: StageLoad,
  spec: StageSpec,
  store: WeightStore,
  report: Report,
): Promise<{ stage: WorkerStage; loaded: LoadedStage }> {
  const { gpu, backend, reason } = device;
  const { options } = load;
  if (gpu !== undefined) load.onDevice(gpu);
  const limits = limitsOf(load);
  report('test');
  await selfTest(spec, stageLoader(device, limits));
  const onWeightsLoaded = (): void => report('compile');
  const loadStage = stageLoader(device, { ...limits, onWeightsLoaded });
  const stage = await loadStage(spec, (tensor, stop) => store.readTensor(tensor, stop));
  try {
    report('measure');
    const msPerBlock = await measureMsPerBlock(stage, spec.config);
    report('ready');
    const { hiddenSize, blockCount, contextLength, vocabSize } = spec.config;
    const loaded: LoadedStage = {
      ...stage.range,
      modelRoot: options.modelRoot,
      hiddenSize,
      blockCount,
      contextLength,
      vocabSize,
      numericClass: stage.numericClass,
      threadCount: stage.threadCount,
      weightBytes: stage.stats().weightBytes,
      msPerBlock,
      backend,
      backendReason: reason,
      ...(gpu && { adapter: describeAdapter(gpu.info, gpu.device.limits, gpu.device.features) }),
    };
    return { stage, loaded };
  } catch (error) {
    stage.dispose();
    throw error;
  }
}
