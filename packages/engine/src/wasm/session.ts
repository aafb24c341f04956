import type { ModelConfig } from '@manyhands/model/config';
import type { SessionRange } from '../stage.ts';
import type { WasmMemory } from './memory.ts';
import { headBytes } from './scratch.ts';

/** One generation on a stage: its caches and how much of them is filled. */
export interface Session {
  readonly range: SessionRange;
  /** Positions whose keys and values are cached. */
  kvLength: number;
  /** Address of the table of its pages: one so far, `[block][keys, values][kvHead][position][dim]`. */
  readonly pages: number;
  /** Positions of a page. */
  readonly pageLength: number;
  /** Bytes of the keys, or of the values, of one block in a page. */
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
  const cached = 2 * blockCount * cacheBytes;
  const cache = blockCount === 0 ? 0 : memory.allocate('kv', 'the KV cache of a session', cached);
  const pages = memory.allocate('scratch', 'a page table', 4);
  memory.u32(pages, 1)[0] = cache;
  return {
    range,
    kvLength: 0,
    pages,
    pageLength: range.positionsMax,
    cacheBytes,
    close() {
      memory.free(cache);
      memory.free(pages);
    },
  };
}
