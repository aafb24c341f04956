import { createRandom } from '@manyhands/testkit/random';
import { chooseTiling } from './webgpu/kernels/product-shape.ts';
import { test } from 'vitest';
import { requestDevice } from './webgpu/device.ts';
import { createKernelCache, type KernelSpec } from './webgpu/kernel.ts';
import { DEVICE_TYPES, randomWeights } from './webgpu/weights/random-weights.ts';
import { matVecKernel, matVecRowsKernel, matVecRowsWorkgroups, matVecWorkgroups } from './webgpu/kernels/mat-vec/mat-vec.ts';
import { matMulKernel, matMulWorkgroups } from './webgpu/kernels/mat-mul/mat-mul.ts';

test('bench', async () => {
  const { device, info } = await requestDevice();
  console.log('TIMING', info.vendor, info.architecture, info.description);
  const cache = createKernelCache(device);
  const rowCount = 1408, columnCount = 256;
  for (const type of (globalThis as any).TYPES ?? ['Q8_0', 'Q4_0', 'F16', 'Q6_K', 'Q4_K']) {
    const { words } = randomWeights(createRandom(1), type, rowCount, columnCount);
    const shape = { type, rowCount, columnCount, outOffset: 0, outStride: rowCount, accumulates: false } as const;
    const mk = (size: number) => device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC });
    const w = mk(words.byteLength); device.queue.writeBuffer(w, 0, words);
    const x = mk(64 * columnCount * 4), out = mk(64 * rowCount * 4);
    const p = device.createBuffer({ size: 256, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    const cases: [string, KernelSpec, GPUBuffer[], (t: number) => any, number[]][] = [
      ['vec', matVecKernel(shape, { tiling: chooseTiling(256, true) }), [w, x, x, out], (t) => matVecWorkgroups(rowCount, t), [1]],
      ['rows', matVecRowsKernel(shape, chooseTiling(256, true)), [w, x, out], (t) => matVecRowsWorkgroups(rowCount, t), [1, 4, 8, 64]],
      ['mul', matMulKernel(shape), [w, x, out], (t) => matMulWorkgroups(rowCount, t), [8, 32, 64]],
    ];
    for (const [name, spec, buffers, wg, tokens] of cases) {
      const t0 = performance.now();
      const kernel = await cache.get(spec);
      const t1 = performance.now();
      const line = [];
      for (const t of tokens) {
        device.queue.writeBuffer(p, 0, Uint32Array.of(t, 0, 0, 0));
        const times = [];
        for (let rep = 0; rep < 4; rep++) {
          const a = performance.now();
          const enc = device.createCommandEncoder();
          const pass = enc.beginComputePass();
          pass.setPipeline(kernel.pipeline); pass.setBindGroup(0, kernel.bind(p, buffers), [0]);
          for (let k = 0; k < 4; k++) pass.dispatchWorkgroups(...(wg(t) as [number, number, number]));
          pass.end(); device.queue.submit([enc.finish()]);
          await device.queue.onSubmittedWorkDone();
          times.push((performance.now() - a) / 4);
        }
        line.push(`t=${t} first ${times[0]!.toFixed(1)} best ${Math.min(...times).toFixed(2)}ms = ${(Math.min(...times) * 1e6 / rowCount / columnCount / t).toFixed(2)} ns/MAC`);
      }
      console.log('TIMING', type, name, 'compile', (t1 - t0).toFixed(0), line.join(' | '));
    }
  }
}, 100000);
