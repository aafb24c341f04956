import type { ModelConfig } from '@manyhands/model/config';
import type { SessionRange } from '../stage.ts';
import type { Block } from './block.ts';
import type { Dispatch } from './dispatch.ts';
import type { GpuMemory } from './memory.ts';

/** One generation on a stage: its caches and how much of them is filled. */
export interface Session {
  readonly range: SessionRange;
  /** Positions whose keys and values are cached. */
  kvLength: number;
  /** Resolves once the device has reserved the caches. */
  readonly ready: Promise<void>;
  /** For each block of the session, its cache's dispatches. */
  readonly cacheWork: readonly (readonly Dispatch[])[];
  close(): void;
}

/** Reserves keys and values for the session's blocks only. */
export function createSession(
  memory: GpuMemory,
  config: ModelConfig,
  blocks: readonly Block[],
  range: SessionRange,
): Session {
  const cacheBytes = range.positionsMax * config.kvHeadCount * config.headDim * 4;
  const sizes = new Array<number>(2 * blocks.length).fill(cacheBytes);
  const { buffers, ready } = memory.reserve('kv', 'the KV cache of a session', sizes);
  // The first step awaits it; until then a failure is not unhandled.
  ready.catch(() => undefined);
  const cacheWork = blocks.map((block, i) =>
    block.bindCache({
      keys: buffers[2 * i] as GPUBuffer,
      values: buffers[2 * i + 1] as GPUBuffer,
    }),
  );
  return {
    range,
    kvLength: 0,
    ready,
    cacheWork,
    close: () => memory.free('kv', buffers),
  };
}
