import { overBudget } from '../budget.ts';
import { EngineError } from '../error.ts';
import { allocating } from './device.ts';

/** What an allocation is for; the budget bounds weights and KV caches. */
export type MemoryUse = 'weights' | 'kv' | 'scratch';

/** Buffers of one stage, counted against its budget. */
export interface GpuMemory {
  /** Buffers of these sizes, all or none: `over-budget` or `out-of-memory`. */
  allocate(use: MemoryUse, label: string, sizes: readonly number[]): Promise<GPUBuffer[]>;
  /** As `allocate`, for callers that cannot wait: `ready` says whether the device had the memory. */
  reserve(
    use: MemoryUse,
    label: string,
    sizes: readonly number[],
  ): { readonly buffers: GPUBuffer[]; readonly ready: Promise<void> };
  /** A few constants for a kernel; not counted. */
  uniform(words: Uint32Array<ArrayBuffer>): GPUBuffer;
  free(use: MemoryUse, buffers: readonly GPUBuffer[]): void;
  bytes(use: MemoryUse): number;
  dispose(): void;
}

export function createGpuMemory(device: GPUDevice, memoryBytesMax: number): GpuMemory {
  const used = { weights: 0, kv: 0, scratch: 0 };
  const live = new Set<GPUBuffer>();
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;

  const reserve: GpuMemory['reserve'] = (use, label, sizes) => {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const budgeted = used.weights + used.kv + (use === 'scratch' ? 0 : total);
    if (budgeted > memoryBytesMax) throw overBudget(label, budgeted, memoryBytesMax);
    for (const size of sizes) checkBufferSize(device, label, size);
    const buffers: GPUBuffer[] = [];
    const ready = allocating(device, () => {
      for (const size of sizes) buffers.push(device.createBuffer({ label, size, usage }));
    });
    for (const buffer of buffers) live.add(buffer);
    used[use] += total;
    return { buffers, ready };
  };

  const free: GpuMemory['free'] = (use, buffers) => {
    for (const buffer of buffers) {
      if (!live.delete(buffer)) continue;
      used[use] -= buffer.size;
      buffer.destroy();
    }
  };

  return {
    reserve,
    async allocate(use, label, sizes) {
      const { buffers, ready } = reserve(use, label, sizes);
      try {
        await ready;
      } catch (error) {
        free(use, buffers);
        throw error;
      }
      return buffers;
    },
    uniform(words) {
      const buffer = device.createBuffer({
        size: words.byteLength,
        usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      });
      device.queue.writeBuffer(buffer, 0, words);
      live.add(buffer);
      return buffer;
    },
    free,
    bytes: (use) => used[use],
    dispose() {
      for (const buffer of live) buffer.destroy();
      live.clear();
      used.weights = used.kv = used.scratch = 0;
    },
  };
}

function checkBufferSize(device: GPUDevice, label: string, size: number): void {
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  const sizeMax = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  if (size <= sizeMax) return;
  throw new EngineError(
    'over-budget',
    `${label} needs a buffer of ${size} bytes but this adapter allows ${sizeMax}; ` +
      'ask for fewer positions or use another device',
  );
}
