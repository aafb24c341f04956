/** Branches of a conversation. An edited question and another answer stand beside the older ones. */

export interface TreeTurn {
  readonly id: string;
  readonly parentId?: string;
  readonly role: 'user' | 'assistant';
  readonly atMs: number;
}

/** The turns from the first one to `leafId`. */
export function pathTo<Each extends TreeTurn>(
  turns: readonly Each[],
  leafId: string | undefined,
): readonly Each[] {
  const byId = new Map(turns.map((turn) => [turn.id, turn]));
  const path: Each[] = [];
  let next = leafId === undefined ? undefined : byId.get(leafId);
  // A parent stands before its child, so the way up ends; the bound is for what came from a file.
  while (next !== undefined && path.length < turns.length) {
    path.push(next);
    next = next.parentId === undefined ? undefined : byId.get(next.parentId);
  }
  return path.toReversed();
}

export interface Branches {
  /** Of this turn among those that follow the same one, from 0. */
  readonly index: number;
  readonly ids: readonly string[];
}

/** A turn and those that stand in its place on other branches, oldest first. */
export function branchesAt(turns: readonly TreeTurn[], id: string): Branches {
  const parentId = turns.find((turn) => turn.id === id)?.parentId;
  const ids = turns.filter((turn) => turn.parentId === parentId).map((turn) => turn.id);
  return { index: ids.indexOf(id), ids };
}

/** Where the branch through `id` was last gone on with. */
export function newestLeafUnder(turns: readonly TreeTurn[], id: string): string {
  const under = new Set([id]);
  let newest = id;
  for (const turn of turns) {
    if (turn.parentId === undefined || !under.has(turn.parentId)) continue;
    under.add(turn.id);
    newest = turn.id;
  }
  return newest;
}

/** Whether the path to `leafId` leads through `id`. */
export function leadsThrough(turns: readonly TreeTurn[], leafId: string, id: string): boolean {
  return pathTo(turns, leafId).some((turn) => turn.id === id);
}

/** Oldest first; ids settle what one millisecond leaves open, so that all tabs agree. */
export function inOrder<Each extends TreeTurn>(turns: readonly Each[]): Each[] {
  return turns.toSorted((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
}

/** Every id once, every parent before its children, questions and answers in turn. */
export function isSound(turns: readonly TreeTurn[]): boolean {
  const seen = new Map<string, TreeTurn>();
  for (const turn of turns) {
    const parent = turn.parentId === undefined ? undefined : seen.get(turn.parentId);
    if (seen.has(turn.id) || (turn.parentId !== undefined && parent === undefined)) return false;
    if (turn.role === 'assistant' ? parent?.role !== 'user' : parent?.role === 'user') return false;
    if (parent !== undefined && parent.atMs > turn.atMs) return false;
    seen.set(turn.id, turn);
  }
  return true;
}
