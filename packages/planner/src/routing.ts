import { CHAIN_STAGES_MAX } from '@manyhands/protocol/limits';
import {
  type Assignment,
  type Candidate,
  type CandidateFilter,
  type ChainStage,
  candidatesOf,
  hopsFrom,
  predictMs,
  type RoundTripMs,
  toStages,
} from './chain.ts';
import { type Missing, missingIn, sentenceOf } from './missing-blocks.ts';
import { hasDistinctPeers, shortestChain } from './shortest-chain.ts';
import { spreadChain } from './spread-chain.ts';

export interface RoutingRequest extends CandidateFilter {
  /** At least this many distinct volunteers; 1 lets one volunteer serve the whole model. */
  readonly stagesMin: number;
  /** What is known of the network; `HOP_MS` is assumed where it says nothing. */
  readonly roundTripMs?: RoundTripMs;
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
      /** Why this chain, in a sentence. */
      readonly reason: string;
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
 * Chooses volunteers for a session. One with the whole model comes first, else the fewest stages,
 * then the lowest predicted time. All stages share a numeric class and are distinct tabs; the first
 * embeds, the last heads. `stagesMin` above the fewest cuts held ranges into even stages.
 */
export function chooseChain(request: RoutingRequest): RoutingChoice {
  const candidates = inTieOrder(candidatesOf(request), request.random);
  if (candidates.length === 0) return none('no-volunteers', NOTHING_MISSING, whyNobody(request));
  const classes = byNumericClass(candidates);
  const hopMs = hopsFrom(request.roundTripMs);
  const msOf = (chain: readonly Assignment[]) => predictMs(chain, request.requesterPeerId, hopMs);
  let best: { chain: Assignment[]; numericClass: string } | undefined;
  for (const [numericClass, members] of classes) {
    const chain = chainOfClass(members, request.blockCount, request.stagesMin);
    if (chain !== undefined && (best === undefined || isBetter(chain, best.chain, msOf))) {
      best = { chain, numericClass };
    }
  }
  if (best !== undefined) {
    const predictedMs = msOf(best.chain);
    return {
      kind: 'chain',
      stages: toStages(best.chain, request.blockCount),
      numericClass: best.numericClass,
      predictedMs,
      reason: reasonFor(best.chain, request.stagesMin, predictedMs),
    };
  }
  return whyNone(request, [...classes.values()]);
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
  candidates: readonly Candidate[],
  blockCount: number,
  stagesMin: number,
): Assignment[] | undefined {
  const shortest = shortestChain(candidates, blockCount);
  if (shortest === undefined) return undefined;
  if (shortest.length >= stagesMin && hasDistinctPeers(shortest)) return shortest;
  const stagesMax = Math.min(blockCount, CHAIN_STAGES_MAX);
  // A count may be impossible while a higher one is possible: held ranges only overlap so far.
  for (let count = Math.max(stagesMin, shortest.length); count <= stagesMax; count += 1) {
    const chain = spreadChain(candidates, blockCount, count);
    if (chain !== undefined) return chain;
  }
  return undefined;
}

function isBetter(
  a: readonly Assignment[],
  b: readonly Assignment[],
  msOf: (chain: readonly Assignment[]) => number,
): boolean {
  return a.length !== b.length ? a.length < b.length : msOf(a) < msOf(b);
}

function reasonFor(chain: readonly Assignment[], stagesMin: number, predictedMs: number): string {
  if (chain.length === 1) return 'One volunteer holds the whole model.';
  const ms = Math.round(predictedMs);
  return chain.length > stagesMin
    ? `No volunteer can serve the whole model: ${chain.length} stages are the fewest (about ${ms} ms a token).`
    : `Spread over ${chain.length} volunteers as asked (about ${ms} ms a token).`;
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
