import { type Assignment, type Candidate, canServe } from './chain.ts';

interface Best {
  readonly stageCount: number;
  readonly ms: number;
  /** Sum of squared stage sizes: among equally fast chains the even one wins. */
  readonly unevenness: number;
  readonly previous: Best | undefined;
  readonly assignment: Assignment | undefined;
}

/**
 * The chain of fewest stages over all blocks and, among those, the fastest; `undefined` when the
 * candidates (of one numeric class) do not cover the model.
 *
 * Dynamic programming over block boundaries. A volunteer with one holding cannot appear twice in a
 * chain of fewest stages: it would hold everything between its two stages too, and one stage would do.
 */
export function shortestChain(
  candidates: readonly Candidate[],
  blockCount: number,
): Assignment[] | undefined {
  const best: (Best | undefined)[] = new Array(blockCount + 1).fill(undefined);
  best[0] = { stageCount: 0, ms: 0, unevenness: 0, previous: undefined, assignment: undefined };
  for (let from = 0; from < blockCount; from += 1) {
    const previous = best[from];
    if (previous === undefined) continue;
    for (const candidate of candidates) {
      for (let to = from + 1; to <= candidate.endBlock; to += 1) {
        if (!canServe(candidate, from, to, blockCount)) continue;
        const next = extend(previous, { candidate, firstBlock: from, endBlock: to });
        if (isBetter(next, best[to])) best[to] = next;
      }
    }
  }
  const whole = best[blockCount];
  return whole === undefined ? undefined : assignmentsOf(whole);
}

/** Whether no volunteer appears twice: a session is one stage on a volunteer. */
export function hasDistinctPeers(assignments: readonly Assignment[]): boolean {
  return new Set(assignments.map((each) => each.candidate.peerId)).size === assignments.length;
}

function extend(previous: Best, assignment: Assignment): Best {
  const size = assignment.endBlock - assignment.firstBlock;
  const { hopMs, msPerBlock } = assignment.candidate;
  return {
    stageCount: previous.stageCount + 1,
    ms: previous.ms + hopMs + msPerBlock * size,
    unevenness: previous.unevenness + size * size,
    previous,
    assignment,
  };
}

function isBetter(a: Best, b: Best | undefined): boolean {
  if (b === undefined) return true;
  if (a.stageCount !== b.stageCount) return a.stageCount < b.stageCount;
  if (a.ms !== b.ms) return a.ms < b.ms;
  return a.unevenness < b.unevenness;
}

function assignmentsOf(end: Best): Assignment[] {
  const assignments: Assignment[] = [];
  for (let at: Best | undefined = end; at?.assignment !== undefined; at = at.previous) {
    assignments.unshift(at.assignment);
  }
  return assignments;
}
