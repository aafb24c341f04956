import { expect, test } from 'vitest';
import { requestDevice } from './device.ts';

test('a device that refused a command nobody asked about can be used no more', async () => {
  const gpu = await requestDevice();
  expect(gpu.failure()).toBeUndefined();
  const small = gpu.device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST });
  const encoder = gpu.device.createCommandEncoder();
  encoder.clearBuffer(small, 0, 32);
  gpu.device.queue.submit([encoder.finish()]);
  expect(await gpu.lost).toContain('refused a command');
  expect(gpu.failure()).toMatchObject({ code: 'validation' });
  gpu.destroy();
});

test('a device that was destroyed says so', async () => {
  const gpu = await requestDevice();
  gpu.destroy();
  expect(await gpu.lost).toMatch(/^destroyed/);
  expect(gpu.failure()).toMatchObject({ code: 'device-lost' });
});
