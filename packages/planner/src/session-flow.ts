import { SESSIONS_MAX } from '@manyhands/protocol/limits';
import { type Candidate, loadFactor, predictMs } from './chain.ts';
import { cheapestPath, createPathSearch, maskOf } from './cheapest-path.ts';
import type { Holder } from './supply.ts';

/**
 * Tokens a millisecond that so many sessions get of a model's holders: each in turn takes the chain that
 * routing would, with the load of those before it; then all run with the load of all. Exact where
 * `flowIn` spreads sessions over everybody alike, and dearer: for a few holders.
 */
export function sessionFlow(
  holders: readonly Holder[],
  blockCount: number,
  headBlocks: number,
  sessions: number,
): number {
  const classes = [...new Set(holders.map(({ numericClass = '' }) => numericClass))];
  const loads = new Array<number>(holders.length).fill(0);
  const candidateOf = (index: number, others: number): Candidate => {
    const { numericClass = '', msPerBlock, ...range } = holders[index] as Holder;
    const ms = msPerBlock * loadFactor(others);
    return { ...range, peerId: String(index), numericClass, msPerBlock: ms, share: 1 };
  };
  // Round trips are assumed: a plan is for whoever asks.
  const network = { requesterPeerId: '', headBlocks };
  const fastest = () => {
    const open = holders.flatMap((_, index) => {
      const load = loads[index] as number;
      return load < SESSIONS_MAX ? [candidateOf(index, load)] : [];
    });
    let best: ReturnType<typeof cheapestPath>;
    for (const numericClass of classes) {
      const own = open.filter((each) => each.numericClass === numericClass);
      const search = createPathSearch(own, blockCount, network, ({ peerId }) => peerId);
      const path = cheapestPath(search, maskOf(search), 0);
      if (path !== undefined && path.cost < (best?.cost ?? Number.POSITIVE_INFINITY)) best = path;
    }
    return best?.assignments;
  };
  const paths: NonNullable<ReturnType<typeof fastest>>[] = [];
  for (let session = 0; session < sessions; session += 1) {
    const path = fastest();
    if (path === undefined) break;
    const used = new Set(path.map(({ candidate }) => Number(candidate.peerId)));
    for (const index of used) loads[index] = (loads[index] as number) + 1;
    paths.push(path);
  }
  let tokens = 0;
  for (const path of paths) {
    const loaded = path.map(({ candidate, ...range }) => {
      const index = Number(candidate.peerId);
      return { ...range, candidate: candidateOf(index, (loads[index] as number) - 1) };
    });
    tokens += 1 / predictMs(loaded, network);
  }
  return tokens;
}
