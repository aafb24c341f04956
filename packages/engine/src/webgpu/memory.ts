import { overBudget } from '../budget.ts';
import { EngineError, stageUnloaded } from '../error.ts';
import { allocating } from './device.ts';
import type { Bindable } from './kernel.ts';
import { TEXEL_BYTES, TEXTURE_FORMAT, type TextureSize } from './weights/texture-layout.ts';

/** What an allocation is for. The budget bounds weights here; `createStage` bounds the KV pages. */
export type MemoryUse = 'weights' | 'kv' | 'scratch' | 'staging';

/** Buffers and textures of one stage, counted. */
export interface GpuMemory {
  /** Buffers of these sizes, all or none: `over-budget` or `out-of-memory`. */
  allocate(use: MemoryUse, label: string, sizes: readonly number[]): Promise<GPUBuffer[]>;
  /** Textures of so many texels: all or none, as `allocate`. Kernels write those that are scratch. */
  allocateTextures(
    use: 'weights' | 'scratch',
    label: string,
    sizes: readonly TextureSize[],
  ): Promise<GPUTexture[]>;
  /** A few constants for a kernel. */
  uniform(words: Uint32Array<ArrayBuffer>): GPUBuffer;
  free(use: MemoryUse, resources: readonly Bindable[]): void;
  bytes(use: MemoryUse): number;
  totalBytes(): number;
  dispose(): void;
}

export function createGpuMemory(device: GPUDevice, memoryBytesMax: number): GpuMemory {
  const used: Record<MemoryUse, number> = { weights: 0, kv: 0, scratch: 0, staging: 0 };
  const live = new Map<Bindable, number>();
  let isDisposed = false;
  const throwIfDisposed = (): void => {
    if (isDisposed) throw stageUnloaded();
  };

  const free = (use: MemoryUse, resources: readonly Bindable[]): void => {
    for (const resource of resources) {
      used[use] -= live.get(resource) ?? 0;
      if (live.delete(resource)) resource.destroy();
    }
  };
  const keep = <Resource extends Bindable>(
    use: MemoryUse,
    resource: Resource,
    bytes: number,
  ): Resource => {
    live.set(resource, bytes);
    used[use] += bytes;
    return resource;
  };
  const allocateAll = async <Resource extends Bindable>(
    use: MemoryUse,
    label: string,
    sizes: readonly number[],
    create: (index: number) => Resource,
  ): Promise<Resource[]> => {
    throwIfDisposed();
    if (use === 'weights') {
      const total = sizes.reduce((sum, size) => sum + size, used.weights);
      if (total > memoryBytesMax) throw overBudget(label, total, memoryBytesMax);
    }
    const resources: Resource[] = [];
    const created = allocating(device, () => {
      for (const [i, size] of sizes.entries()) resources.push(keep(use, create(i), size));
    });
    try {
      await created;
      // What copies into them next would read what is destroyed.
      throwIfDisposed();
    } catch (error) {
      free(use, resources);
      throw error;
    }
    return resources;
  };

  return {
    async allocate(use, label, sizes) {
      for (const size of sizes) checkBufferSize(device, label, size);
      return await allocateAll(use, label, sizes, (i) =>
        device.createBuffer({ label, size: sizes[i] as number, usage: usageOf(use) }),
      );
    },
    async allocateTextures(use, label, sizes) {
      const bytes = sizes.map(([width, height]) => width * height * TEXEL_BYTES);
      return await allocateAll(use, label, bytes, (i) => {
        const [width, height] = sizes[i] as TextureSize;
        const { TEXTURE_BINDING, STORAGE_BINDING, COPY_DST } = GPUTextureUsage;
        const usage = TEXTURE_BINDING | (use === 'scratch' ? STORAGE_BINDING : COPY_DST);
        return device.createTexture({
          label,
          size: [width, height],
          format: TEXTURE_FORMAT,
          usage,
        });
      });
    },
    uniform(words) {
      const buffer = device.createBuffer({
        size: words.byteLength,
        usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      });
      device.queue.writeBuffer(buffer, 0, words);
      return keep('scratch', buffer, buffer.size);
    },
    free,
    bytes: (use) => used[use],
    totalBytes: () => used.weights + used.kv + used.scratch + used.staging,
    dispose() {
      isDisposed = true;
      for (const resource of live.keys()) resource.destroy();
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
