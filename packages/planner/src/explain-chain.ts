import { identityOf } from '@manyhands/protocol/id';
import {
  type Candidate,
  type CandidateFilter,
  type ChainStage,
  candidatesOf,
  canServe,
  type Network,
  predictMs,
} from './chain.ts';
import { type ChainReason, type ChainWhy, reasonOf } from './chain-reason.ts';

export interface ChainExplanation {
  /** Milliseconds from one decoded token to the next; 1000 over it are tokens a second. */
  readonly predictedMs: number;
  /** Why this chain, with the speed it should have. */
  readonly reason: ChainReason;
}

/** What a chain is explained by: the request that it was chosen for. */
export interface ExplainRequest extends CandidateFilter, Network {
  readonly stagesMin: number;
}

/**
 * What a chain should take, and why it is the one, by what `request` knows: as it was chosen for, or with
 * round trips that were measured since. `why` is for a chain that was not chosen as a whole. Undefined
 * where a stage's volunteer is not among the entries.
 */
export function explainChain(
  request: ExplainRequest,
  stages: readonly ChainStage[],
  why?: ChainWhy,
): ChainExplanation | undefined {
  const candidates = candidatesOf(request);
  const predictedMs = predictStages(candidates, request, stages);
  if (predictedMs === undefined) return undefined;
  const reason =
    why === undefined
      ? reasonFor(candidates, request, stages, predictedMs)
      : { ...why, predictedMs };
  return { predictedMs, reason };
}

/** Why a chain that was chosen among `candidates`. */
export function reasonFor(
  candidates: readonly Candidate[],
  request: ExplainRequest,
  stages: readonly ChainStage[],
  predictedMs: number,
): ChainReason {
  const numericClass = candidates.find(({ peerId }) => peerId === stages[0]?.peerId)?.numericClass;
  const members = candidates.filter((candidate) => candidate.numericClass === numericClass);
  const identities = new Set(stages.map(({ peerId }) => identityOf(peerId)));
  const sharesIdentity = identities.size < stages.length;
  const groups = members.map(({ peerId }) => (sharesIdentity ? peerId : identityOf(peerId)));
  return reasonOf({
    predictedMs,
    stageCount: stages.length,
    stagesMin: request.stagesMin,
    aloneMs: aloneMs(request, members),
    hasChoice: new Set(groups).size > 1,
    sharesIdentity,
  });
}

function predictStages(
  candidates: readonly Candidate[],
  request: ExplainRequest,
  stages: readonly ChainStage[],
): number | undefined {
  const assignments = stages.flatMap(({ peerId, firstBlock, endBlock }) => {
    const candidate = candidates.find(
      (each) => each.peerId === peerId && canServe(each, firstBlock, endBlock, request.blockCount),
    );
    return candidate === undefined ? [] : [{ candidate, firstBlock, endBlock }];
  });
  return assignments.length === stages.length ? predictMs(assignments, request) : undefined;
}

/** The least predicted time of one volunteer with the whole model. */
function aloneMs(request: ExplainRequest, members: readonly Candidate[]): number | undefined {
  const { blockCount } = request;
  const times = members
    .filter((candidate) => canServe(candidate, 0, blockCount, blockCount))
    .map((candidate) => predictMs([{ candidate, firstBlock: 0, endBlock: blockCount }], request));
  return times.length === 0 ? undefined : Math.min(...times);
}
