import type { Coverage, DirectoryEntry } from '@manyhands/protocol/directory';
import type { ModelRoot } from '@manyhands/protocol/id';

/** Part of a model that somebody holds, is loading, or was asked to hold. */
export interface HeldRange {
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly embeds: boolean;
  readonly heads: boolean;
}

/** How often each block, the embedding and the head are held; volunteers that leave do not count. */
export function coverageOf(
  modelRoot: ModelRoot,
  blockCount: number,
  entries: Iterable<DirectoryEntry>,
): Coverage {
  const ranges: HeldRange[] = [];
  let volunteers = 0;
  for (const entry of entries) {
    if (entry.state === 'drains') continue;
    let isHolder = false;
    for (const holding of entry.holdings) {
      if (holding.modelRoot !== modelRoot) continue;
      if (holding.kind === 'embedding') isHolder = true;
      else if (holding.endBlock <= blockCount) {
        isHolder = true;
        ranges.push(holding);
      }
    }
    volunteers += Number(isHolder);
  }
  const blocks = new Array<number>(blockCount).fill(0);
  let embeds = 0;
  let heads = 0;
  for (const range of ranges) {
    for (let block = range.firstBlock; block < Math.min(range.endBlock, blockCount); block += 1) {
      blocks[block] = (blocks[block] ?? 0) + 1;
    }
    if (range.embeds) embeds += 1;
    if (range.heads) heads += 1;
  }
  return { blocks, embeds, heads, volunteers };
}
