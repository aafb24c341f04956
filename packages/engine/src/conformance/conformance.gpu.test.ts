import { afterAll, beforeAll } from 'vitest';
import { type GpuDevice, requestDevice } from '../webgpu/device.ts';
import { createWebGpuStage } from '../webgpu/stage.ts';
import { conformanceAcceptance } from './conformance-acceptance.ts';

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

/** One file of each architecture; the test of `eval` runs the others. */
const MODELS = ['llama3-rope-q8_0', 'llama-q4_k', 'qwen2-q8_0', 'qwen3-q8_0'];

conformanceAcceptance('webgpu', MODELS, (model, range) =>
  createWebGpuStage(gpu, model.spec(range), model.readTensor, { memoryBytesMax: 2 ** 26 }),
);
