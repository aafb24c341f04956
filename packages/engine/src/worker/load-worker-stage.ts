import type { ModelConfig } from '@manyhands/model/config';
import { stageTensors } from '@manyhands/model/stage-tensors';
import type { WeightProgress } from '@manyhands/model/store/meter';
import { openWeightStore, type WeightStore } from '@manyhands/model/store/weight-store';
import type { Stage } from '../stage.ts';
import type { GpuDevice } from '../webgpu/device.ts';
import { createWebGpuStage } from '../webgpu/stage.ts';
import { describeAdapter } from './adapter-report.ts';
import type { LoadedStage, LoadProgress, LoadStageOptions } from './engine-api.ts';
import { measureMsPerBlock } from './measure-stage.ts';

export interface StageLoad {
  readonly gpu: GpuDevice;
  readonly options: LoadStageOptions;
  readonly onProgress: (progress: LoadProgress) => void;
  readonly signal: AbortSignal;
}

/** Manifest, verified weights, kernels, a measurement: a stage that is ready to serve. */
export async function loadWorkerStage(
  load: StageLoad,
): Promise<{ stage: Stage; loaded: LoadedStage }> {
  const { options, onProgress, signal } = load;
  let store: WeightStore | undefined;
  const report = (phase: LoadProgress['phase'], progress?: WeightProgress): void => {
    const { loadedBytes, totalBytes, networkBytes, bytesPerSecond, repairedPieces } =
      progress ?? store?.progress() ?? NOTHING_YET;
    const counts = { loadedBytes, totalBytes, networkBytes, bytesPerSecond, repairedPieces };
    onProgress({ phase, ...counts });
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
    const { config } = store.manifest;
    const stage = await createStage(load, store, () => report('compile'));
    try {
      report('measure');
      const msPerBlock = await measureMsPerBlock(stage, config);
      report('ready');
      return { stage, loaded: describeStage(load, stage, config, msPerBlock) };
    } catch (error) {
      stage.dispose();
      throw error;
    }
  } finally {
    store?.close();
  }
}

function createStage(
  { gpu, options, signal }: StageLoad,
  store: WeightStore,
  onWeightsLoaded: () => void,
): Promise<Stage> {
  const { firstBlock, endBlock, embeds, heads, memoryBytesMax, kvType } = options;
  const { config, tensors } = store.manifest;
  const range = { firstBlock, endBlock, embeds, heads };
  const planned = store.plan(stageTensors(config, tensors, range));
  const spec = { ...range, config, tensors: planned };
  return createWebGpuStage(gpu, spec, (tensor, stop) => store.readTensor(tensor, stop), {
    memoryBytesMax,
    kvType,
    signal,
    onWeightsLoaded,
  });
}

function describeStage(
  { gpu, options }: StageLoad,
  stage: Stage,
  config: ModelConfig,
  msPerBlock: number,
): LoadedStage {
  return {
    ...stage.range,
    modelRoot: options.modelRoot,
    hiddenSize: config.hiddenSize,
    blockCount: config.blockCount,
    contextLength: config.contextLength,
    vocabSize: config.vocabSize,
    numericClass: stage.numericClass,
    weightBytes: stage.stats().weightBytes,
    msPerBlock,
    adapter: describeAdapter(gpu.info, gpu.device.limits, gpu.device.features),
  };
}

const NOTHING_YET = {
  loadedBytes: 0,
  totalBytes: 0,
  networkBytes: 0,
  bytesPerSecond: 0,
  repairedPieces: 0,
};
