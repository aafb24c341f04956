import { expect, test } from 'vitest';
import { requestDevice } from './device.ts';

test('a device that refused a command nobody asked about can be used no more', async () => {
  const gpu = await requestDevice();
  expect(gpu.failure()).toBeUndefined();
  // A usage that no buffer may have.
  gpu.device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE });
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
