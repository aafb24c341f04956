import { EngineError } from '../error.ts';

/** Buffers that results are read through, used in turn: nothing is allocated for a chunk. */
export interface ReadBackRing {
  take(): ReadBack;
}

export interface ReadBack {
  readonly buffer: GPUBuffer;
  /** A copy of its first bytes once the device has written them; then it is free again. */
  read(byteLength: number): Promise<ArrayBuffer>;
}

export function createReadBackRing(buffers: readonly GPUBuffer[]): ReadBackRing {
  const free: ReadBack[] = buffers.map((buffer) => {
    const readBack: ReadBack = {
      buffer,
      async read(byteLength) {
        await buffer.mapAsync(GPUMapMode.READ, 0, byteLength);
        const copy = buffer.getMappedRange(0, byteLength).slice(0);
        buffer.unmap();
        free.push(readBack);
        return copy;
      },
    };
    return readBack;
  });
  return {
    take() {
      const next = free.shift();
      if (next !== undefined) return next;
      throw new EngineError(
        'over-budget',
        `${buffers.length} chunks are under way; wait for a result before the next one`,
      );
    },
  };
}
