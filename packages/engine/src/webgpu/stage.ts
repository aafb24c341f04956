import { createStage } from '../create-stage.ts';
import type { ReadTensor, Stage, StageSpec } from '../stage.ts';
import { createWebGpuBackend, type WebGpuBackendOptions } from './backend.ts';
import type { GpuDevice } from './device.ts';

export type WebGpuStageOptions = WebGpuBackendOptions;

/** Loads a stage onto the device; everything it allocated is freed where loading fails. */
export async function createWebGpuStage(
  gpu: GpuDevice,
  spec: StageSpec,
  readTensor: ReadTensor,
  options: WebGpuStageOptions,
): Promise<Stage> {
  const backend = await createWebGpuBackend(gpu, spec, readTensor, options);
  return createStage(backend, spec, options.memoryBytesMax);
}
