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
 * Where the tries end first, it is the best of the paths whose gaps their own volunteers could close.
 */
export function fastestChain(search: PathSearch, stageMs: number): Assignment[] | undefined {
  const open: Path[] = [];
  let searches = 0;
  let best: Omit<Path, 'mask'> | undefined;
  const consider = (mask: BlockMask): void => {
    searches += 1;
    const path = cheapestPath(search, mask, stageMs);
    if (path === undefined || path.cost >= (best?.cost ?? Number.POSITIVE_INFINITY)) return;
    open.push({ mask, ...path });
    const closed = closeGaps(path.assignments);
    if (findRepeated(search, closed) !== undefined) return;
    const cost = costOf(search, closed, stageMs);
    if (best === undefined || cost < best.cost) best = { assignments: closed, cost };
  };
  consider(maskOf(search));
  while (open.length > 0 && searches < SEARCHES_MAX) {
    // What is cheapest without the rule bounds from below what it can cost with it.
    open.sort((a, b) => b.cost - a.cost);
    const { mask, assignments, cost } = open.pop() as Path;
    if (best !== undefined && best.cost < cost) break;
    const repeated = findRepeated(search, assignments);
    if (repeated === undefined) return assignments;
    const { group, between } = repeated;
    const { blockCount } = search;
    consider(without(search, mask, (of) => of === group, between, blockCount));
    consider(without(search, mask, (of) => of === group, 0, between + 1));
    consider(without(search, mask, (of) => of !== group, between, between + 1));
  }
  return best?.assignments;
}

interface Path {
  readonly mask: BlockMask;
  readonly assignments: Assignment[];
  readonly cost: number;
}

/** Whoever comes back to the chain goes on instead: it holds what is between. */
function closeGaps(assignments: readonly Assignment[]): Assignment[] {
  const closed: Assignment[] = [];
  for (const each of assignments) {
    const left = closed.findIndex(({ candidate }) => candidate === each.candidate);
    if (left < 0) {
      closed.push(each);
      continue;
    }
    const { firstBlock } = closed[left] as Assignment;
    closed.length = left;
    closed.push({ ...each, firstBlock });
  }
  return closed;
}

function costOf(search: PathSearch, assignments: readonly Assignment[], stageMs: number): number {
  const { candidates, ends, hopMs, headBlocks } = search;
  let cost = 0;
  let before: number | undefined;
  for (const { candidate, firstBlock, endBlock } of assignments) {
    const index = candidates.indexOf(candidate);
    cost += before === undefined ? (ends[index] as number) : hopMs(before, index);
    cost += stageMs + candidate.msPerBlock * (endBlock - firstBlock);
    before = index;
  }
  const last = assignments.at(-1)?.candidate;
  return cost + headBlocks * (last?.msPerBlock ?? 0) + (ends[before ?? 0] as number);
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
