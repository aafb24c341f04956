import type { PageCopy } from '../../kv/page-pool.ts';
import type { BlockCache, CacheKernels, CacheWork } from '../block-cache.ts';
import type { GpuMemory } from '../memory.ts';

/** The pages of a stage on the device: keys and values of each block in one buffer each. */
export interface KvPool {
  /** What reads and writes a block's cache, once there are pages. */
  work(block: number): CacheWork | undefined;
  /** Makes room for that many pages and keeps what they hold; rejects with `out-of-memory`. */
  grow(pageCount: number): Promise<void>;
  copyPages(firstBlock: number, endBlock: number, copies: readonly PageCopy[]): void;
}

export interface KvPoolOptions {
  readonly device: GPUDevice;
  readonly memory: GpuMemory;
  /** Of each block of the stage. */
  readonly kernels: readonly CacheKernels[];
  /** Bytes of the keys, or of the values, of one page in one block. */
  readonly partBytes: number;
  /** As long as one part: a buffer cannot be copied within itself. */
  readonly copyBuffer: GPUBuffer;
}

interface Held {
  readonly cache: BlockCache;
  readonly work: CacheWork;
}

export function createKvPool(options: KvPoolOptions): KvPool {
  const { device, memory, kernels, partBytes, copyBuffer } = options;
  const held: (Held | undefined)[] = kernels.map(() => undefined);

  /** One block at a time: what exists twice is one block's cache. */
  const growBlock = async (block: number, byteLength: number): Promise<void> => {
    const old = held[block]?.cache;
    if (old !== undefined && old.keys.size >= byteLength) return;
    const sizes = [byteLength, byteLength];
    const [keys, values] = await memory.allocate('kv', 'the KV cache', sizes);
    const cache = { keys: keys as GPUBuffer, values: values as GPUBuffer };
    if (old !== undefined) {
      const encoder = device.createCommandEncoder({ label: 'grow cache' });
      encoder.copyBufferToBuffer(old.keys, 0, cache.keys, 0, old.keys.size);
      encoder.copyBufferToBuffer(old.values, 0, cache.values, 0, old.values.size);
      device.queue.submit([encoder.finish()]);
      memory.free('kv', [old.keys, old.values]);
    }
    held[block] = { cache, work: (kernels[block] as CacheKernels).bind(cache) };
  };

  return {
    work: (block) => held[block]?.work,
    async grow(pageCount) {
      // Where this fails midway, the blocks before have room to spare and every one its contents.
      for (const block of kernels.keys()) await growBlock(block, pageCount * partBytes);
    },
    copyPages(firstBlock, endBlock, copies) {
      const encoder = device.createCommandEncoder({ label: 'copy pages' });
      for (const { cache } of held
        .slice(firstBlock, endBlock)
        .filter((each) => each !== undefined)) {
        for (const { from, to } of copies) {
          for (const part of [cache.keys, cache.values]) {
            encoder.copyBufferToBuffer(part, from * partBytes, copyBuffer, 0, partBytes);
            encoder.copyBufferToBuffer(copyBuffer, 0, part, to * partBytes, partBytes);
          }
        }
      }
      device.queue.submit([encoder.finish()]);
    },
  };
}
