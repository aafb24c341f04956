import { isFallbackAdapter, requestAdapter } from '@manyhands/engine/webgpu/device';
import copy from './peaks/copy.wgsl?raw';
import matMulF16 from './peaks/mat-mul-f16.wgsl?raw';
import matMulF32 from './peaks/mat-mul-f32.wgsl?raw';
import matMulFlat from './peaks/mat-mul-flat.wgsl?raw';
import matMulI8 from './peaks/mat-mul-i8.wgsl?raw';
import read from './peaks/read.wgsl?raw';

/** What the adapter reaches with plain kernels: speeds of engines are shares of these. */
export interface AdapterPeaks {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly isFallback: boolean;
  readonly features: readonly string[];
  /** Bytes read and written a second by a copying kernel; `null` where it could not run. */
  readonly copyBytesPerSecond: number | null;
  readonly readBytesPerSecond: number | null;
  /** Operations (two a multiply-add) a second of square mat-muls. */
  readonly matMul: readonly MatMulPeak[];
}

export interface MatMulPeak {
  readonly kind: 'f32' | 'f32-flat' | 'f16' | 'i8';
  readonly operationsPerSecond: number | null;
}

/** A measurement lasts about this long. */
const RUN_MS = 200;
const DISPATCHES_MAX = 1024;
const COPY_BYTES = { gpu: 256 * 2 ** 20, fallback: 64 * 2 ** 20 };
const MAT_MUL_SIZE = { gpu: 2048, fallback: 256 };

/** Measures the adapter with nothing else running on it. */
export async function measureAdapterPeaks(): Promise<AdapterPeaks> {
  const adapter = await requestAdapter();
  const { info, limits } = adapter;
  const isFallback = isFallbackAdapter(info);
  const hasF16 = adapter.features.has('shader-f16');
  const { maxBufferSize, maxStorageBufferBindingSize } = limits;
  const device = await adapter.requestDevice({
    requiredFeatures: hasF16 ? ['shader-f16'] : [],
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  const wanted = isFallback ? COPY_BYTES.fallback : COPY_BYTES.gpu;
  const bytes = Math.min(wanted, maxStorageBufferBindingSize, maxBufferSize);
  const size = isFallback ? MAT_MUL_SIZE.fallback : MAT_MUL_SIZE.gpu;
  const kinds = hasF16 ? MAT_MULS : MAT_MULS.filter(({ kind }) => kind !== 'f16');
  try {
    const matMul: MatMulPeak[] = [];
    for (const { kind, code, elementBytes } of kinds) {
      const ms = await timeMatMul(device, code, size, elementBytes);
      const operationsPerSecond = ms === null ? null : (2 * size ** 3) / (ms / 1000);
      matMul.push({ kind, operationsPerSecond });
    }
    const perSecond = (count: number, ms: number | null) =>
      ms === null ? null : count / (ms / 1000);
    return {
      vendor: info.vendor,
      architecture: info.architecture,
      description: info.description || info.device,
      isFallback,
      features: [...adapter.features].sort(),
      copyBytesPerSecond: perSecond(2 * bytes, await timeStream(device, copy, bytes, 256)),
      readBytesPerSecond: perSecond(bytes, await timeStream(device, read, bytes, 4096)),
      matMul,
    };
  } finally {
    device.destroy();
  }
}

const MAT_MULS = [
  { kind: 'f32', code: matMulF32, elementBytes: 4 },
  { kind: 'f32-flat', code: matMulFlat, elementBytes: 4 },
  { kind: 'f16', code: matMulF16, elementBytes: 2 },
  { kind: 'i8', code: matMulI8, elementBytes: 1 },
] as const;

/** Milliseconds for one pass over the bytes; each workgroup covers that many vectors of 16 bytes. */
async function timeStream(
  device: GPUDevice,
  code: string,
  bytes: number,
  vectorsPerGroup: number,
): Promise<number | null> {
  const groupCount = Math.ceil(bytes / 16 / vectorsPerGroup);
  const y = Math.ceil(groupCount / device.limits.maxComputeWorkgroupsPerDimension);
  const groups: Groups = [Math.ceil(groupCount / y), y];
  return await timeKernel(device, { code, sizes: [bytes, bytes], groups });
}

async function timeMatMul(
  device: GPUDevice,
  code: string,
  size: number,
  elementBytes: number,
): Promise<number | null> {
  const input = size * size * elementBytes;
  // Sums of bytes take words.
  const sizes = [input, input, elementBytes === 1 ? 4 * input : input];
  // The flat kernel's workgroups are 16 rows high.
  const rows = code === matMulFlat ? 16 : 64;
  const groups: Groups = [size / 64, size / rows];
  return await timeKernel(device, { code, sizes, groups, constants: { size } });
}

type Groups = readonly [x: number, y: number];

interface PeakKernel {
  readonly code: string;
  readonly sizes: readonly number[];
  readonly groups: Groups;
  readonly constants?: Record<string, number>;
}

/** Milliseconds a dispatch; `null` where the adapter refuses the kernel or its buffers. */
async function timeKernel(device: GPUDevice, kernel: PeakKernel): Promise<number | null> {
  const buffers: GPUBuffer[] = [];
  for (const filter of ['validation', 'out-of-memory'] as const) device.pushErrorScope(filter);
  try {
    const module = device.createShaderModule({ code: kernel.code });
    const { constants = {} } = kernel;
    const pipeline = await device.createComputePipelineAsync({
      layout: 'auto',
      compute: { module, constants },
    });
    for (const size of kernel.sizes) {
      buffers.push(device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }));
    }
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    return await timeDispatches(device, (pass) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...kernel.groups);
    });
  } catch {
    return null;
  } finally {
    for (const buffer of buffers) buffer.destroy();
    await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  }
}

/** Twice as many dispatches in a submit until they last long enough; the best of three such submits. */
async function timeDispatches(
  device: GPUDevice,
  dispatch: (pass: GPUComputePassEncoder) => void,
): Promise<number> {
  const run = async (count: number): Promise<number> => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < count; i += 1) dispatch(pass);
    pass.end();
    const startedAt = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - startedAt;
  };
  await run(1);
  let count = 1;
  let ms = await run(count);
  while (ms < RUN_MS && count < DISPATCHES_MAX) {
    count *= 2;
    ms = await run(count);
  }
  const again = [await run(count), await run(count)];
  return Math.min(ms, ...again) / count;
}
