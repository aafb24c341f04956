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
  /** Predicted milliseconds for one block and one token under the volunteer's present load. */
  readonly msPerBlock: number;
  /** Predicted milliseconds the hop to this volunteer adds to a token. */
  readonly hopMs: number;
}

/**
 * What one hop, one way, costs a token where nobody measured it. Published round trips between
 * browsers lie between 20 and 120 ms, so half of the middle.
 */
export const HOP_MS = 30;

/** Measured milliseconds there and back between two peers; `undefined` where nobody measured them. */
export type RoundTripMs = (from: PeerId, to: PeerId) => number | undefined;

/** Predicted milliseconds one way; a tab reaches itself at once. */
export type HopMs = (from: PeerId, to: PeerId) => number;

/**
 * A token goes one way over each hop of a chain and back to the requester from its end: half a round
 * trip a hop, and one hop more than stages.
 */
export function hopsFrom(roundTripMs?: RoundTripMs): HopMs {
  return (from, to) => {
    if (from === to) return 0;
    const there = roundTripMs?.(from, to) ?? roundTripMs?.(to, from);
    return there === undefined ? HOP_MS : there / 2;
  };
}

export interface CandidateFilter {
  readonly modelRoot: ModelRoot;
  readonly blockCount: number;
  readonly entries: readonly DirectoryEntry[];
  readonly positionsNeeded: number;
  readonly requesterPeerId: PeerId;
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
        // Sessions of one volunteer share its GPU.
        msPerBlock: holding.msPerBlock * (1 + entry.sessions),
        hopMs: peerId === filter.requesterPeerId ? 0 : HOP_MS,
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

/** Predicted milliseconds from one decoded token to the next: through the chain and back. */
export function predictMs(
  assignments: readonly Assignment[],
  requesterPeerId: PeerId,
  hopMs: HopMs,
): number {
  let ms = 0;
  let from = requesterPeerId;
  for (const { candidate, firstBlock, endBlock } of assignments) {
    ms += hopMs(from, candidate.peerId) + candidate.msPerBlock * (endBlock - firstBlock);
    from = candidate.peerId;
  }
  return ms + hopMs(from, requesterPeerId);
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
