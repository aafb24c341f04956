import { HOP_MS, loadFactor } from '@manyhands/planner/chain';
import { LARGE_BLOCKS, type SmallNetwork } from './small-network.ts';

/** Volunteers of one kind that hold the same. */
export interface Group {
  readonly kind: number;
  /** -1 is the small model, else the first block of the large one. */
  readonly option: number;
  readonly count: number;
}

/**
 * Tokens a second of a plan: every session in turn takes the fastest chain there is with the load of
 * those before it, and all are added up with the load of the last. It knows nothing of how the planner
 * estimates; `0` for sessions of a model that is not complete.
 */
export function planValue({ kinds, demand }: SmallNetwork, groups: readonly Group[]): number {
  const small = groups.filter(({ option }) => option < 0);
  const large = groups.filter(({ option }) => option >= 0);
  const holdings = (some: readonly Group[], isSmall: boolean): Held[] =>
    some.map(({ kind, option, count }) => {
      const { msPerBlock, blocks } = kinds[kind] ?? { msPerBlock: 0, blocks: 0 };
      const first = isSmall ? 0 : option;
      return { first, end: isSmall ? 1 : option + blocks, ms: msPerBlock, count, sessions: 0 };
    });
  return (
    flowOf(holdings(small, true), 1, demand.small) +
    flowOf(holdings(large, false), LARGE_BLOCKS, demand.large)
  );
}

interface Held {
  readonly first: number;
  readonly end: number;
  readonly ms: number;
  readonly count: number;
  sessions: number;
}

function flowOf(held: readonly Held[], blockCount: number, demand: number): number {
  const paths: number[][] = [];
  for (let session = 0; session < demand; session += 1) {
    const path = fastest(held, blockCount);
    if (path === undefined) return 0;
    for (const index of new Set(path)) (held[index] as Held).sessions += 1;
    paths.push(path);
  }
  return paths.reduce((sum, path) => sum + 1000 / timeOf(held, path), 0);
}

function blockMs({ ms, sessions, count }: Held, isJoining: boolean): number {
  const others = isJoining ? Math.floor(sessions / count) : sessions / count - 1;
  return ms * loadFactor(Math.max(0, others));
}

function timeOf(held: readonly Held[], path: readonly number[]): number {
  let ms = HOP_MS;
  for (const [block, index] of path.entries()) {
    ms += blockMs(held[index] as Held, false) + (path[block - 1] === index ? 0 : HOP_MS);
  }
  return ms;
}

/** Who runs each block in the fastest chain. */
function fastest(held: readonly Held[], blockCount: number): number[] | undefined {
  let costs = held.map(({ first }) => (first === 0 ? 2 * HOP_MS : Number.POSITIVE_INFINITY));
  let paths: number[][] = held.map((_, index) => [index]);
  const times = held.map((each) => blockMs(each, true));
  for (const [index, ms] of times.entries()) costs[index] = (costs[index] as number) + ms;
  for (let block = 1; block < blockCount; block += 1) {
    let best = 0;
    for (const [index, cost] of costs.entries()) if (cost < (costs[best] as number)) best = index;
    const before = costs;
    const pathsBefore = paths;
    const change = (before[best] as number) + HOP_MS;
    const stays = (index: number) => (before[index] as number) <= change;
    paths = held.map((_, index) => [...(pathsBefore[stays(index) ? index : best] ?? []), index]);
    costs = held.map(({ first, end }, index) =>
      first <= block && block < end
        ? Math.min(before[index] as number, change) + (times[index] as number)
        : Number.POSITIVE_INFINITY,
    );
  }
  let last = -1;
  for (const [index, cost] of costs.entries()) {
    if (cost < (costs[last] ?? Number.POSITIVE_INFINITY)) last = index;
  }
  return last < 0 ? undefined : paths[last];
}
