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
  for (const blockBytes of sizes.blockBytes.slice(firstBlock, endBlock)) bytes += blockBytes;
  return bytes + endBytes(sizes, firstBlock === 0, endBlock === sizes.blockCount);
}

/**
 * For each first block the longest range that fits; a range that reaches the last block includes the
 * head, one from the first block the embedding, because a chain needs both there. Where the last
 * block fits only without the head, the range ends before it.
 */
export function stageRangesWithin(sizes: StageSizes, memoryBytes: number): HeldRange[] {
  const ranges: HeldRange[] = [];
  for (let firstBlock = 0; firstBlock < sizes.blockCount; firstBlock += 1) {
    let blocks = 0;
    let longest: number | undefined;
    for (let endBlock = firstBlock + 1; endBlock <= sizes.blockCount; endBlock += 1) {
      blocks += sizes.blockBytes[endBlock - 1] ?? 0;
      if (blocks > memoryBytes) break;
      const ends = endBytes(sizes, firstBlock === 0, endBlock === sizes.blockCount);
      if (blocks + ends <= memoryBytes) longest = endBlock;
    }
    if (longest !== undefined) {
      const heads = longest === sizes.blockCount;
      ranges.push({ firstBlock, endBlock: longest, embeds: firstBlock === 0, heads });
    }
  }
  return ranges;
}

function endBytes(sizes: StageSizes, embeds: boolean, heads: boolean): number {
  const matrix = embeds || (heads && sizes.isHeadTied) ? sizes.embedBytes : 0;
  return matrix + (heads ? sizes.headBytes : 0);
}
