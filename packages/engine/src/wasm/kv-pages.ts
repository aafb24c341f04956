import type { PageCopy } from '../kv/page-pool.ts';
import { PAGE_POSITIONS } from '../stage.ts';
import type { WasmMemory } from './memory.ts';

/**
 * Keys and values of all sessions: pages of 32 positions, each with those of every block, as
 * `[block][keys, values][kvHead][position][dimension]`.
 */
export interface KvPages {
  readonly pageBytes: number;
  /** More pages; those that are there stay where they are. */
  grow(pageCount: number): void;
  address(page: number): number;
  /** How far into a page a block's keys begin, in bytes. */
  keysOffset(block: number): number;
  valuesOffset(block: number): number;
  /** Copies what blocks `[firstBlock, endBlock)` of the stage keep in a page. */
  copy(firstBlock: number, endBlock: number, copies: readonly PageCopy[]): void;
}

export function createKvPages(
  memory: WasmMemory,
  blockCount: number,
  kvHeadCount: number,
  headBytes: number,
): KvPages {
  const partBytes = kvHeadCount * PAGE_POSITIONS * headBytes;
  const pageBytes = 2 * blockCount * partBytes;
  const addresses: number[] = [];
  return {
    pageBytes,
    grow(pageCount) {
      const added = pageCount - addresses.length;
      if (added <= 0) return;
      const slab = memory.allocate('kv', 'the KV cache', added * pageBytes);
      for (let page = 0; page < added; page += 1) addresses.push(slab + page * pageBytes);
    },
    address: (page) => addresses[page] as number,
    keysOffset: (block) => 2 * block * partBytes,
    valuesOffset: (block) => (2 * block + 1) * partBytes,
    copy(firstBlock, endBlock, copies) {
      const offset = 2 * firstBlock * partBytes;
      const length = 2 * (endBlock - firstBlock) * partBytes;
      for (const { from, to } of copies) {
        const source = memory.u8((addresses[from] as number) + offset, length);
        memory.u8((addresses[to] as number) + offset, length).set(source);
      }
    },
  };
}
