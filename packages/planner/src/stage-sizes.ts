import type { HeldRange } from './coverage.ts';

/** Bytes a volunteer needs for parts of a model, KV cache included with each block. */
export interface StageSizes {
  readonly blockCount: number;
  readonly blockBytes: readonly number[];
  readonly embedBytes: number;
  /** Final norm and head matrix. With a tied head: the bytes beyond the embedding. */
  readonly headBytes: number;
  /** The head multiplies with the embedding's matrix: who holds both holds it once. */
  readonly isHeadTied: boolean;
}

/** Bytes for blocks `[firstBlock, endBlock)` with embedding and head where the range touches an end. */
export function rangeBytes(
  sizes: StageSizes,
  firstBlock: number,
  endBlock = sizes.blockCount,
): number {
  let bytes = 0;
  for (let block = firstBlock; block < endBlock; block += 1) bytes += sizes.blockBytes[block] ?? 0;
  return bytes + endBytes(sizes, firstBlock === 0, endBlock === sizes.blockCount);
}

/**
 * For each first block the longest range that fits; a range that reaches the last block includes the
 * head, one from the first block the embedding, because a chain needs both there. Where the last
 * block fits only without the head, the range ends before it.
 */
export function stageRangesWithin(sizes: StageSizes, memoryBytes: number): HeldRange[] {
  const { blockCount, blockBytes } = sizes;
  const ranges: HeldRange[] = [];
  // A later first block never ends earlier: both ends walk over the blocks once.
  let endBlock = 0;
  let blocks = 0;
  for (let firstBlock = 0; firstBlock < blockCount; firstBlock += 1) {
    if (endBlock < firstBlock) endBlock = firstBlock;
    while (endBlock < blockCount && blocks + (blockBytes[endBlock] ?? 0) <= memoryBytes) {
      blocks += blockBytes[endBlock] ?? 0;
      endBlock += 1;
    }
    const longest = longestWithEnds(sizes, { firstBlock, endBlock }, blocks, memoryBytes);
    if (longest > firstBlock) {
      const heads = longest === blockCount;
      ranges.push({ firstBlock, endBlock: longest, embeds: firstBlock === 0, heads });
    }
    if (endBlock > firstBlock) blocks -= blockBytes[firstBlock] ?? 0;
  }
  return ranges;
}

/** Where the blocks of a range end once its embedding and head have to fit too. */
function longestWithEnds(
  sizes: StageSizes,
  { firstBlock, endBlock }: { readonly firstBlock: number; readonly endBlock: number },
  blocks: number,
  memoryBytes: number,
): number {
  let end = endBlock;
  let bytes = blocks;
  for (; end > firstBlock; end -= 1) {
    const ends = endBytes(sizes, firstBlock === 0, end === sizes.blockCount);
    if (bytes + ends <= memoryBytes) break;
    bytes -= sizes.blockBytes[end - 1] ?? 0;
  }
  return end;
}

function endBytes(sizes: StageSizes, embeds: boolean, heads: boolean): number {
  const matrix = embeds || (heads && sizes.isHeadTied) ? sizes.embedBytes : 0;
  return matrix + (heads ? sizes.headBytes : 0);
}
