import type { ModelConfig } from '@manyhands/model/config';
import type { SessionRange } from '../stage.ts';
import type { WasmMemory } from './memory.ts';
import { headBytes } from './scratch.ts';

/** One generation on a stage: its caches and how much of them is filled. */
export interface Session {
  readonly range: SessionRange;
  /** Positions whose keys and values are cached. */
  kvLength: number;
  /** Address of `[block][keys, values][kvHead][position][dimension]`. */
  readonly cache: number;
  /** Bytes of the keys, or of the values, of one block. */
  readonly cacheBytes: number;
  close(): void;
}

/** Reserves keys and values for the session's blocks only. */
export function createSession(
  memory: WasmMemory,
  config: ModelConfig,
  range: SessionRange,
): Session {
  const blockCount = range.endBlock - range.firstBlock;
  const cacheBytes = range.positionsMax * config.kvHeadCount * headBytes(config);
  const cache =
    blockCount === 0
      ? 0
      : memory.allocate('kv', 'the KV cache of a session', 2 * blockCount * cacheBytes);
  return { range, kvLength: 0, cache, cacheBytes, close: () => memory.free(cache) };
}
