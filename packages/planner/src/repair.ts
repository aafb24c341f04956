import { identityOf } from '@manyhands/protocol/id';
import {
  type Assignment,
  type Candidate,
  type CandidateFilter,
  type ChainStage,
  candidatesOf,
  canServe,
  type Network,
  oneWay,
  toStages,
} from './chain.ts';
import { createPathSearch } from './cheapest-path.ts';
import { fastestChain } from './fastest-chain.ts';

interface ChainRequest extends CandidateFilter, Network {
  /** Of the chain: whoever joins it computes in the same one. */
  readonly numericClass: string;
}

export interface RepairRequest extends ChainRequest {
  /** Stages that still have what they computed. They keep their blocks. */
  readonly survivors: readonly ChainStage[];
  /** Stages that are gone; with the survivors they cover the model. */
  readonly lost: readonly ChainStage[];
}

export interface SparesRequest extends ChainRequest {
  readonly stages: readonly ChainStage[];
}

/**
 * The fastest way to cover exactly the lost blocks by volunteers that are not in the chain, in order of
 * their blocks; `undefined` where they are not covered, then only a whole new chain helps. A lost run may
 * be cut into several stages, and neighbours that were lost together may become one.
 */
export function chooseRepair(request: RepairRequest): readonly ChainStage[] | undefined {
  const { survivors, lost, blockCount } = request;
  const inChain = new Set([...survivors, ...lost].map(({ peerId }) => peerId));
  const newcomers = candidatesFor(request, inChain).flatMap((candidate) =>
    runsOf(lost).flatMap((run) => withinRun(candidate, run)),
  );
  // What survives is a candidate for its own blocks, and the only one, so that hops to it count.
  const kept = survivors.map((stage) => ({
    ...stage,
    numericClass: request.numericClass,
    msPerBlock: 0,
    share: 1,
  }));
  const candidates = [...kept, ...newcomers];
  const groupings = [
    ({ peerId }: Candidate) => identityOf(peerId),
    ({ peerId }: Candidate) => peerId,
  ];
  for (const groupOf of groupings) {
    const search = createPathSearch(candidates, blockCount, request, groupOf);
    const chain = fastestChain(search, 0);
    if (chain === undefined) continue;
    const added = chain.filter(({ candidate }) => !inChain.has(candidate.peerId));
    return toStages(added, blockCount);
  }
  return undefined;
}

/**
 * For each stage the best volunteer outside the chain that could take its place alone, to be prepared
 * before it is needed; `undefined` where nobody could. Each volunteer is the spare of one stage as long
 * as there are enough, the stages with the fewest to choose from first.
 */
export function chooseSpares(request: SparesRequest): readonly (ChainStage | undefined)[] {
  const { stages, blockCount, requesterPeerId } = request;
  const candidates = candidatesFor(request, new Set(stages.map(({ peerId }) => peerId)));
  const inChain = new Set(stages.map(({ peerId }) => identityOf(peerId)));
  const choices = stages.map(({ firstBlock, endBlock }, index) => {
    const before = stages[index - 1]?.peerId ?? requesterPeerId;
    const after = stages[index + 1]?.peerId ?? requesterPeerId;
    const msOf = ({ peerId, msPerBlock }: Candidate) =>
      oneWay(request, before, peerId) +
      oneWay(request, peerId, after) +
      msPerBlock * (endBlock - firstBlock);
    // A machine that is in the chain already would be lost twice.
    const isOutside = ({ peerId }: Candidate) => Number(!inChain.has(identityOf(peerId)));
    const able = candidates
      .filter((candidate) => canServe(candidate, firstBlock, endBlock, blockCount))
      .sort((a, b) => isOutside(b) - isOutside(a) || msOf(a) - msOf(b));
    return { index, firstBlock, endBlock, able };
  });
  const spares = new Array<Assignment | undefined>(stages.length).fill(undefined);
  const used = new Set<string>();
  for (const { index, able, ...range } of choices.sort((a, b) => a.able.length - b.able.length)) {
    const candidate = able.find(({ peerId }) => !used.has(identityOf(peerId))) ?? able[0];
    if (candidate === undefined) continue;
    used.add(identityOf(candidate.peerId));
    spares[index] = { candidate, ...range };
  }
  return spares.map((spare) => spare && toStages([spare], blockCount)[0]);
}

function candidatesFor(request: ChainRequest, without: ReadonlySet<string>): Candidate[] {
  return candidatesOf(request)
    .filter(({ peerId, numericClass }) => {
      return numericClass === request.numericClass && !without.has(peerId);
    })
    .sort((a, b) => (a.peerId < b.peerId ? -1 : Number(a.peerId > b.peerId)));
}

interface Run {
  readonly firstBlock: number;
  readonly endBlock: number;
}

/** Lost stages that touch are one run: one volunteer may take both. */
function runsOf(lost: readonly ChainStage[]): Run[] {
  const runs: Run[] = [];
  for (const { firstBlock, endBlock } of [...lost].sort((a, b) => a.firstBlock - b.firstBlock)) {
    const last = runs.at(-1);
    if (last?.endBlock === firstBlock) runs[runs.length - 1] = { ...last, endBlock };
    else runs.push({ firstBlock, endBlock });
  }
  return runs;
}

/** The part of a holding inside a run, as a holding of its own. */
function withinRun(candidate: Candidate, run: Run): Candidate[] {
  const firstBlock = Math.max(candidate.firstBlock, run.firstBlock);
  const endBlock = Math.min(candidate.endBlock, run.endBlock);
  return firstBlock < endBlock ? [{ ...candidate, firstBlock, endBlock }] : [];
}
