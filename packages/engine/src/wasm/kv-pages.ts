import type { PageCopy } from '../kv/page-pool.ts';
import { PAGE_POSITIONS } from '../stage.ts';
import type { WasmMemory } from './memory.ts';

/** Where keys or values of one block lie in every page: `[kvHead][32 positions][headBytes]`. */
export interface PagePart {
  /** Bytes from the start of the page. */
  readonly offset: number;
  /** Bytes of one head's positions. */
  readonly headStride: number;
}

/** Keys and values of all sessions: pages of 32 positions, each with the parts of every block. */
export interface KvPages {
  readonly pageBytes: number;
  /** More pages; those that are there stay where they are. */
  grow(pageCount: number): void;
  address(page: number): number;
  keys(block: number): PagePart;
  values(block: number): PagePart;
  /** Copies what blocks `[firstBlock, endBlock)` of the stage keep in a page. */
  copy(firstBlock: number, endBlock: number, copies: readonly PageCopy[]): void;
}

export function createKvPages(
  memory: WasmMemory,
  blockCount: number,
  kvHeadCount: number,
  headBytes: number,
): KvPages {
  const headStride = PAGE_POSITIONS * headBytes;
  const partBytes = kvHeadCount * headStride;
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
    keys: (block) => ({ offset: 2 * block * partBytes, headStride }),
    values: (block) => ({ offset: (2 * block + 1) * partBytes, headStride }),
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
