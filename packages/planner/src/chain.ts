import type { DirectoryEntry } from '@manyhands/protocol/directory';
import type { ModelRoot, PeerId } from '@manyhands/protocol/id';

/** Blocks of one model on one volunteer, as a part of a chain. */
export interface ChainStage {
  readonly peerId: PeerId;
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly embeds: boolean;
  readonly heads: boolean;
}

/** A volunteer's holding that could serve a session now, reduced to what choosing needs. */
export interface Candidate {
  readonly peerId: PeerId;
  readonly numericClass: string;
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly embeds: boolean;
  readonly heads: boolean;
  /** Predicted milliseconds for one block and one token under the volunteer's present load, rests included. */
  readonly msPerBlock: number;
  /** The part of them in which it computes. */
  readonly share: number;
}

/**
 * What one hop, one way, costs a token where nobody measured it. Published round trips between
 * browsers lie between 20 and 120 ms, so half of the middle.
 */
export const HOP_MS = 30;

/** Measured milliseconds there and back between two peers; `undefined` where nobody measured them. */
export type RoundTripMs = (from: PeerId, to: PeerId) => number | undefined;

/** Where a session is asked for, and what is known of the way. */
export interface Network {
  readonly requesterPeerId: PeerId;
  /** `HOP_MS` is assumed where it says nothing. */
  readonly roundTripMs?: RoundTripMs;
  /** What the head costs a token, in blocks: its matrix is larger than theirs. 0 where unknown. */
  readonly headBlocks?: number;
}

/**
 * Milliseconds of one hop; a tab reaches itself at once. A token goes one way over each hop of a chain
 * and back to the requester from its end: half a round trip a hop, and one hop more than stages.
 */
export function oneWay({ roundTripMs }: Network, from: PeerId, to: PeerId): number {
  if (from === to) return 0;
  const there = roundTripMs?.(from, to) ?? roundTripMs?.(to, from);
  return there === undefined ? HOP_MS : there / 2;
}

/**
 * What each session that a volunteer serves already adds to the time of a block. Their steps share
 * passes that read the weights once: four rows together take 1.7 to 2.2 times one (docs/bench.md). That
 * all of them wait at the same time is pessimistic, that a step never finds a pass under way is
 * optimistic; neither is known to who chooses.
 */
export const SESSION_SHARE = 1 / 3;

export function loadFactor(sessions: number): number {
  return 1 + SESSION_SHARE * sessions;
}

export interface CandidateFilter {
  readonly modelRoot: ModelRoot;
  readonly blockCount: number;
  readonly entries: readonly DirectoryEntry[];
  readonly positionsNeeded: number;
  readonly exclude?: ReadonlySet<PeerId>;
}

/** Holdings that may serve: not draining, loading, full, excluded, too short or out of range. */
export function candidatesOf(filter: CandidateFilter): Candidate[] {
  const candidates: Candidate[] = [];
  for (const entry of filter.entries) {
    if (entry.state !== 'serving' || entry.sessions >= entry.sessionsMax) continue;
    const { peerId } = entry.identity;
    if (filter.exclude?.has(peerId)) continue;
    for (const holding of entry.holdings) {
      if (holding.kind !== 'blocks' || holding.modelRoot !== filter.modelRoot) continue;
      if (holding.endBlock > filter.blockCount) continue;
      if (holding.positionsMax < filter.positionsNeeded) continue;
      candidates.push({
        peerId,
        numericClass: entry.numericClass,
        firstBlock: holding.firstBlock,
        endBlock: holding.endBlock,
        embeds: holding.embeds,
        heads: holding.heads,
        msPerBlock: holding.msPerBlock * loadFactor(entry.sessions),
        share: entry.share ?? 1,
      });
    }
  }
  return candidates;
}

/** Whether the candidate can run blocks `[firstBlock, endBlock)` in a model of `blockCount` blocks. */
export function canServe(
  candidate: Candidate,
  firstBlock: number,
  endBlock: number,
  blockCount: number,
): boolean {
  return (
    candidate.firstBlock <= firstBlock &&
    candidate.endBlock >= endBlock &&
    (firstBlock > 0 || candidate.embeds) &&
    (endBlock < blockCount || candidate.heads)
  );
}

/** One candidate serving a part of what it holds. */
export interface Assignment {
  readonly candidate: Candidate;
  readonly firstBlock: number;
  readonly endBlock: number;
}

/**
 * Predicted milliseconds from one decoded token to the next: through the chain and back. A volunteer rests
 * while others compute and while the token travels, so rests count only where they are longer than that.
 */
export function predictMs(assignments: readonly Assignment[], network: Network): number {
  const { requesterPeerId, headBlocks = 0 } = network;
  let ms = 0;
  let restedMs = 0;
  let from = requesterPeerId;
  for (const [index, { candidate, firstBlock, endBlock }] of assignments.entries()) {
    const isLast = index === assignments.length - 1;
    const blocks = endBlock - firstBlock + (isLast ? headBlocks : 0);
    const stageMs = candidate.msPerBlock * blocks;
    ms += oneWay(network, from, candidate.peerId) + stageMs * candidate.share;
    restedMs = Math.max(restedMs, stageMs);
    from = candidate.peerId;
  }
  return Math.max(restedMs, ms + oneWay(network, from, requesterPeerId));
}

export function toStages(assignments: readonly Assignment[], blockCount: number): ChainStage[] {
  return assignments.map(({ candidate, firstBlock, endBlock }) => ({
    peerId: candidate.peerId,
    firstBlock,
    endBlock,
    embeds: firstBlock === 0,
    heads: endBlock === blockCount,
  }));
}
