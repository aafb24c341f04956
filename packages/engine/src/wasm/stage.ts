import { createStage } from '../create-stage.ts';
import type { ReadTensor, Stage, StageSpec } from '../stage.ts';
import { createWasmBackend, type WasmBackendOptions } from './backend.ts';

export type WasmStageOptions = WasmBackendOptions;

/** Loads a stage into WebAssembly memory: for tabs without a GPU, or with a slower one. */
export async function createWasmStage(
  spec: StageSpec,
  readTensor: ReadTensor,
  options: WasmStageOptions,
): Promise<Stage> {
  const backend = await createWasmBackend(spec, readTensor, options);
  return createStage(backend, spec, options.memoryBytesMax);
}
