import { afterAll, beforeAll } from 'vitest';
import { type GpuDevice, requestDevice } from '../webgpu/device.ts';
import { createWebGpuStage } from '../webgpu/stage.ts';
import { CONFORMANCE_MODELS, conformanceAcceptance } from './conformance-acceptance.ts';

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

conformanceAcceptance('webgpu', CONFORMANCE_MODELS, (model, range) =>
  createWebGpuStage(gpu, model.spec(range), model.readTensor, { memoryBytesMax: 2 ** 26 }),
);
