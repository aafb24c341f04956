import { identityOf } from '@manyhands/protocol/id';
import { CHAIN_STAGES_MAX } from '@manyhands/protocol/limits';
import {
  type Assignment,
  type Candidate,
  type CandidateFilter,
  type ChainStage,
  candidatesOf,
  type Network,
  predictMs,
  toStages,
} from './chain.ts';
import type { ChainReason } from './chain-reason.ts';
import { createPathSearch } from './cheapest-path.ts';
import { reasonFor } from './explain-chain.ts';
import { fastestChain } from './fastest-chain.ts';
import { type Missing, missingIn, sentenceOf } from './missing-blocks.ts';
import { createSpreadBudget, spreadChain } from './spread-chain.ts';

export interface RoutingRequest extends CandidateFilter, Network {
  /** At least this many distinct volunteers; 1 lets one volunteer serve the whole model. */
  readonly stagesMin: number;
  /** Breaks ties so that equal volunteers share the load; without it the lowest peer id wins. */
  readonly random?: () => number;
}

/** A chain, or what is missing for one. */
export type RoutingChoice =
  | {
      readonly kind: 'chain';
      readonly stages: readonly ChainStage[];
      readonly numericClass: string;
      /** Milliseconds from one decoded token to the next; 1000 over it are tokens a second. */
      readonly predictedMs: number;
      readonly reason: ChainReason;
    }
  | {
      readonly kind: 'none';
      readonly code: 'no-volunteers' | 'not-covered' | 'not-enough-stages';
      /** Blocks that no volunteer of the best numeric class can serve. */
      readonly missingBlocks: readonly number[];
      /** No volunteer of that class can be first, with the embedding, or last, with the head. */
      readonly missesEmbedding: boolean;
      readonly missesHead: boolean;
      /** What is missing and what to do about it. */
      readonly message: string;
    };

/**
 * One more stage must save this share of the fastest chain's time: each is one more tab that may leave,
 * and predictions are not better than that.
 */
const STAGE_GAIN_MIN = 0.1;

type GroupOf = (candidate: Candidate) => string;
/** Tabs of one identity share a machine, leave together, and could compare what they see. */
const byIdentity: GroupOf = ({ peerId }) => identityOf(peerId);
const byPeer: GroupOf = ({ peerId }) => peerId;

/**
 * Chooses volunteers for a session: the chain of least predicted time, except that one more stage must
 * be worth it. Who would make it slower is left out. All stages share a numeric class and are of
 * distinct identities; several tabs of one identity serve only where nothing else covers the model.
 * The first embeds, the last heads. `stagesMin` above that cuts held ranges into even stages.
 */
export function chooseChain(request: RoutingRequest): RoutingChoice {
  const candidates = inTieOrder(candidatesOf(request), request.random);
  if (candidates.length === 0) return none('no-volunteers', NOTHING_MISSING, whyNobody(request));
  const classes = byNumericClass(candidates);
  for (const groupOf of [byIdentity, byPeer]) {
    const best = bestOf(request, classes, groupOf);
    if (best === undefined) continue;
    const { chain, numericClass, predictedMs } = best;
    const stages = toStages(chain, request.blockCount);
    const reason = reasonFor(candidates, request, stages, predictedMs);
    return { kind: 'chain', stages, numericClass, predictedMs, reason };
  }
  return whyNone(request, [...classes.values()]);
}

/** The fastest of the classes' chains. */
function bestOf(
  request: RoutingRequest,
  classes: ReadonlyMap<string, readonly Candidate[]>,
  groupOf: GroupOf,
): { chain: Assignment[]; numericClass: string; predictedMs: number } | undefined {
  let best: ReturnType<typeof bestOf>;
  for (const [numericClass, members] of classes) {
    const chain = chainOfClass(request, members, groupOf);
    if (chain === undefined) continue;
    const predictedMs = predictMs(chain, request);
    if (best === undefined || predictedMs < best.predictedMs) {
      best = { chain, numericClass, predictedMs };
    }
  }
  return best;
}

function byNumericClass(candidates: readonly Candidate[]): Map<string, Candidate[]> {
  const classes = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const members = classes.get(candidate.numericClass);
    if (members === undefined) classes.set(candidate.numericClass, [candidate]);
    else members.push(candidate);
  }
  return classes;
}

function chainOfClass(
  request: RoutingRequest,
  candidates: readonly Candidate[],
  groupOf: GroupOf,
): Assignment[] | undefined {
  const { blockCount, stagesMin } = request;
  if (missingIn(candidates, blockCount).count > 0) return undefined;
  const search = createPathSearch(candidates, blockCount, request, groupOf);
  const fastest = fastestChain(search, 0);
  // One stage is the fewest already.
  const worthwhile =
    fastest === undefined || fastest.length === 1
      ? fastest
      : fastestChain(search, STAGE_GAIN_MIN * predictMs(fastest, request));
  const chain = worthwhile ?? fastest;
  const stagesMax = Math.min(blockCount, CHAIN_STAGES_MAX);
  if (chain !== undefined && chain.length >= stagesMin && chain.length <= stagesMax) return chain;
  // A count may be impossible while a higher one is possible: held ranges only overlap so far.
  const budget = createSpreadBudget();
  for (let count = stagesMin; count <= stagesMax && budget.tries > 0; count += 1) {
    const spread = spreadChain(candidates, blockCount, count, groupOf, budget);
    if (spread !== undefined) return spread;
  }
  return undefined;
}

function whyNone(request: RoutingRequest, classes: readonly Candidate[][]): RoutingChoice {
  const missing = classes
    .map((members) => missingIn(members, request.blockCount))
    .reduce((a, b) => (b.count < a.count ? b : a));
  if (missing.count > 0) {
    return none(
      'not-covered',
      missing,
      `${sentenceOf(missing)} Open the page in another tab or on another device and contribute, or choose another model.`,
    );
  }
  const { blockCount, stagesMin } = request;
  if (stagesMin > blockCount) {
    return none(
      'not-enough-stages',
      missing,
      `This model has ${blockCount} blocks and cannot be spread over ${stagesMin} volunteers: ask for at most ${blockCount}.`,
    );
  }
  return none(
    'not-enough-stages',
    missing,
    `The volunteers present cannot form a chain of ${stagesMin} distinct stages: ask for fewer, or let more tabs contribute.`,
  );
}

function whyNobody(request: RoutingRequest): string {
  const holders = request.entries.filter((entry) =>
    entry.holdings.some((holding) => holding.modelRoot === request.modelRoot),
  );
  if (holders.length === 0) {
    return 'Nobody holds this model now: press Contribute in a tab, or choose another model.';
  }
  const tooShort = holders.every((entry) =>
    entry.holdings.every(
      (holding) =>
        holding.kind !== 'blocks' ||
        holding.modelRoot !== request.modelRoot ||
        holding.positionsMax < request.positionsNeeded,
    ),
  );
  return tooShort
    ? `No volunteer has room for ${request.positionsNeeded} positions: shorten the conversation or the answer.`
    : 'The volunteers that hold this model are busy, loading or leaving: try again in a moment.';
}

const NOTHING_MISSING: Missing = {
  blocks: [],
  missesEmbedding: false,
  missesHead: false,
  count: 0,
};

function none(
  code: 'no-volunteers' | 'not-covered' | 'not-enough-stages',
  missing: Missing,
  message: string,
): RoutingChoice {
  const { blocks, missesEmbedding, missesHead } = missing;
  return { kind: 'none', code, missingBlocks: blocks, missesEmbedding, missesHead, message };
}

function inTieOrder(candidates: Candidate[], random?: () => number): Candidate[] {
  const ordered = candidates.sort((a, b) =>
    a.peerId < b.peerId ? -1 : Number(a.peerId > b.peerId),
  );
  if (random === undefined) return ordered;
  for (let last = ordered.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [ordered[last], ordered[other]];
    if (a !== undefined && b !== undefined) [ordered[last], ordered[other]] = [b, a];
  }
  return ordered;
}
