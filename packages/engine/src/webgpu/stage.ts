import { createStage } from '../create-stage.ts';
import type { ReadTensor, Stage, StageSpec } from '../stage.ts';
import { createWebGpuBackend, type WebGpuBackendOptions } from './backend.ts';
import type { GpuDevice } from './device.ts';
import { type InTurn, type TunedChoices, type TuningStore, tuningKey } from './tuning.ts';

export interface WebGpuStageOptions extends Omit<WebGpuBackendOptions, 'choices'> {
  /** Where the fastest kernels of each adapter are remembered; `tune` adds to it. */
  readonly tuningStore?: TuningStore | undefined;
}

export interface WebGpuStage extends Stage {
  /**
   * Measures, between passes, which kernels are fastest here and goes over to them; what the store
   * knew was used from the start. Each measurement also waits for `whenFree`: where that rejects,
   * tuning ends with its error. Resolves with the choices.
   */
  tune(whenFree?: InTurn): Promise<TunedChoices>;
}

/** Loads a stage onto the device; everything it allocated is freed where loading fails. */
export async function createWebGpuStage(
  gpu: GpuDevice,
  spec: StageSpec,
  readTensor: ReadTensor,
  options: WebGpuStageOptions,
): Promise<WebGpuStage> {
  const { tuningStore, memoryBytesMax } = options;
  const adapter = tuningKey(gpu.info);
  const choices = await tuningStore?.read(adapter);
  const backend = await createWebGpuBackend(gpu, spec, readTensor, { ...options, choices });
  const { inTurn, ...stage } = createStage(backend, spec, memoryBytesMax);
  return {
    ...stage,
    async tune(whenFree = (run) => run()) {
      const found = await backend.tune((run) => whenFree(() => inTurn(run)));
      await tuningStore?.write(adapter, found);
      return found;
    },
  };
}
