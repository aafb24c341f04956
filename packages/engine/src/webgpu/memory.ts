import { overBudget } from '../budget.ts';
import { EngineError, stageUnloaded } from '../error.ts';
import { allocating } from './device.ts';

/** What an allocation is for. The budget bounds weights here; `createStage` bounds the KV pages. */
export type MemoryUse = 'weights' | 'kv' | 'scratch' | 'staging';

/** Buffers of one stage, counted. */
export interface GpuMemory {
  /** Buffers of these sizes, all or none: `over-budget` or `out-of-memory`. */
  allocate(use: MemoryUse, label: string, sizes: readonly number[]): Promise<GPUBuffer[]>;
  /** A few constants for a kernel. */
  uniform(words: Uint32Array<ArrayBuffer>): GPUBuffer;
  free(use: MemoryUse, buffers: readonly GPUBuffer[]): void;
  bytes(use: MemoryUse): number;
  totalBytes(): number;
  dispose(): void;
}

export function createGpuMemory(device: GPUDevice, memoryBytesMax: number): GpuMemory {
  const used: Record<MemoryUse, number> = { weights: 0, kv: 0, scratch: 0, staging: 0 };
  const live = new Set<GPUBuffer>();
  let isDisposed = false;
  const throwIfDisposed = (): void => {
    if (isDisposed) throw stageUnloaded();
  };

  const free: GpuMemory['free'] = (use, buffers) => {
    for (const buffer of buffers) {
      if (!live.delete(buffer)) continue;
      used[use] -= buffer.size;
      buffer.destroy();
    }
  };
  const keep = (use: MemoryUse, buffer: GPUBuffer): GPUBuffer => {
    live.add(buffer);
    used[use] += buffer.size;
    return buffer;
  };

  return {
    async allocate(use, label, sizes) {
      throwIfDisposed();
      if (use === 'weights') {
        const total = sizes.reduce((sum, size) => sum + size, used.weights);
        if (total > memoryBytesMax) throw overBudget(label, total, memoryBytesMax);
      }
      for (const size of sizes) checkBufferSize(device, label, size);
      const buffers: GPUBuffer[] = [];
      const created = allocating(device, () => {
        for (const size of sizes) {
          buffers.push(keep(use, device.createBuffer({ label, size, usage: usageOf(use) })));
        }
      });
      try {
        await created;
        // What copies into them next would read buffers that are destroyed.
        throwIfDisposed();
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
      return keep('scratch', buffer);
    },
    free,
    bytes: (use) => used[use],
    totalBytes: () => used.weights + used.kv + used.scratch + used.staging,
    dispose() {
      isDisposed = true;
      for (const buffer of live) buffer.destroy();
      live.clear();
      used.weights = used.kv = used.scratch = used.staging = 0;
    },
  };
}

/** Staging is what results are read back through. */
function usageOf(use: MemoryUse): GPUBufferUsageFlags {
  if (use === 'staging') return GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  return GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
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
