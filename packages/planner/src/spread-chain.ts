import { type Assignment, type Candidate, canServe } from './chain.ts';

/** Placements tried before the search gives up; directories of 256 entries stay far below it. */
const SPREAD_TRIES_MAX = 50_000;

/** What is left to try, shared by the searches of one choice: hundreds of milliseconds in all. */
export interface SpreadBudget {
  tries: number;
}

export function createSpreadBudget(): SpreadBudget {
  return { tries: SPREAD_TRIES_MAX };
}

/**
 * A chain of exactly `stageCount` stages of distinct groups whose largest stage is as small as possible.
 * Volunteers serve parts of what they hold. Returns `undefined` when there is none.
 *
 * Depth-first, stage by stage, with a cap on the stage size that rises until a chain exists. Among
 * volunteers that can take a stage, the one whose holding ends first goes first (it is of use to
 * the fewest later stages), so that the first descent nearly always succeeds.
 */
export function spreadChain(
  candidates: readonly Candidate[],
  blockCount: number,
  stageCount: number,
  groupOf: (candidate: Candidate) => string,
  budget: SpreadBudget,
): Assignment[] | undefined {
  const groupCount = new Set(candidates.map(groupOf)).size;
  if (stageCount > blockCount || stageCount > groupCount) return undefined;
  const ordered = [...candidates].sort(
    (a, b) => a.endBlock - b.endBlock || a.msPerBlock - b.msPerBlock,
  );
  const smallest = Math.ceil(blockCount / stageCount);
  for (let sizeMax = smallest; sizeMax <= blockCount - stageCount + 1; sizeMax += 1) {
    const used = new Set<string>();
    const search = { candidates: ordered, blockCount, sizeMax, groupOf, used, budget };
    const chain = place(search, 0, stageCount);
    if (chain !== undefined) return chain;
    if (budget.tries <= 0) return undefined;
  }
  return undefined;
}

interface Search {
  readonly candidates: readonly Candidate[];
  readonly blockCount: number;
  readonly sizeMax: number;
  readonly groupOf: (candidate: Candidate) => string;
  readonly used: Set<string>;
  readonly budget: SpreadBudget;
}

function place(search: Search, from: number, stagesLeft: number): Assignment[] | undefined {
  const blocksLeft = search.blockCount - from;
  if (stagesLeft === 0) return blocksLeft === 0 ? [] : undefined;
  // Later stages take at least one block each and at most `sizeMax`.
  const sizeMin = Math.max(1, blocksLeft - (stagesLeft - 1) * search.sizeMax);
  const sizeMax = Math.min(search.sizeMax, blocksLeft - (stagesLeft - 1));
  for (const size of sizesByEvenness(sizeMin, sizeMax, blocksLeft / stagesLeft)) {
    for (const candidate of search.candidates) {
      const group = search.groupOf(candidate);
      if (search.used.has(group)) continue;
      if (!canServe(candidate, from, from + size, search.blockCount)) continue;
      search.budget.tries -= 1;
      if (search.budget.tries <= 0) return undefined;
      search.used.add(group);
      const rest = place(search, from + size, stagesLeft - 1);
      if (rest !== undefined)
        return [{ candidate, firstBlock: from, endBlock: from + size }, ...rest];
      search.used.delete(group);
    }
  }
  return undefined;
}

/** Sizes from `min` to `max`, those nearest to an even share first. */
function sizesByEvenness(min: number, max: number, share: number): number[] {
  const sizes: number[] = [];
  for (let size = min; size <= max; size += 1) sizes.push(size);
  return sizes.sort((a, b) => Math.abs(a - share) - Math.abs(b - share) || b - a);
}
