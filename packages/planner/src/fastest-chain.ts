import type { Assignment } from './chain.ts';
import { type BlockMask, cheapestPath, maskOf, type PathSearch } from './cheapest-path.ts';

/** Searches for one chain. Each takes milliseconds; real directories need one or two. */
const SEARCHES_MAX = 64;

/**
 * The chain of least predicted time with at most one stage of a group. `undefined` where there is none,
 * or where none was found in `SEARCHES_MAX` tries.
 *
 * Branch and bound. The cheapest path may come back to a group it has left: a slow volunteer with the
 * whole model around a fast one with the middle. In a chain with one run of that group, either the run
 * ends before a block between the two, or it begins after it, or it contains it: three smaller searches.
 */
export function fastestChain(search: PathSearch, stageMs: number): Assignment[] | undefined {
  const open: { mask: BlockMask; cost: number; assignments: Assignment[] }[] = [];
  let searches = 0;
  const consider = (mask: BlockMask): void => {
    searches += 1;
    const path = cheapestPath(search, mask, stageMs);
    if (path !== undefined) open.push({ mask, ...path });
  };
  consider(maskOf(search));
  while (open.length > 0 && searches < SEARCHES_MAX) {
    // What is cheapest without the rule bounds from below what it can cost with it.
    open.sort((a, b) => b.cost - a.cost);
    const { mask, assignments } = open.pop() as (typeof open)[number];
    const repeated = findRepeated(search, assignments);
    if (repeated === undefined) return assignments;
    const { group, between } = repeated;
    const { blockCount } = search;
    consider(without(search, mask, (of) => of === group, between, blockCount));
    consider(without(search, mask, (of) => of === group, 0, between + 1));
    consider(without(search, mask, (of) => of !== group, between, between + 1));
  }
  return undefined;
}

/** A group with two stages, and the first block after the first of them. */
function findRepeated(
  { candidates, groups }: PathSearch,
  assignments: readonly Assignment[],
): { group: number; between: number } | undefined {
  const endOf = new Map<number, number>();
  for (const { candidate, endBlock } of assignments) {
    const group = groups[candidates.indexOf(candidate)] as number;
    const between = endOf.get(group);
    if (between !== undefined) return { group, between };
    endOf.set(group, endBlock);
  }
  return undefined;
}

function without(
  { candidates, groups, blockCount }: PathSearch,
  mask: BlockMask,
  isTaken: (group: number) => boolean,
  firstBlock: number,
  endBlock: number,
): BlockMask {
  const copy = mask.slice();
  for (let index = 0; index < candidates.length; index += 1) {
    if (!isTaken(groups[index] as number)) continue;
    copy.fill(0, index * blockCount + firstBlock, index * blockCount + endBlock);
  }
  return copy;
}
