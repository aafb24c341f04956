import type { ModelRoot, PeerId } from '@manyhands/protocol/id';
import type { BlocksProposal, Proposal } from '@manyhands/protocol/relay-message';
import { PROPOSAL_PENDING_MS } from '../limits.ts';

/** Proposals that newcomers were given and have not announced yet: they count as held for a while. */
export interface PendingProposals {
  add(peerId: PeerId, proposal: Proposal, nowMs: number): void;
  remove(peerId: PeerId): void;
  /** Ranges of a model that others were asked to hold. */
  rangesOf(modelRoot: ModelRoot, except: PeerId, nowMs: number): BlocksProposal[];
}

export function createPendingProposals(): PendingProposals {
  const pending = new Map<PeerId, { proposal: Proposal; untilMs: number }>();
  return {
    add(peerId, proposal, nowMs) {
      pending.set(peerId, { proposal, untilMs: nowMs + PROPOSAL_PENDING_MS });
    },
    remove(peerId) {
      pending.delete(peerId);
    },
    rangesOf(modelRoot, except, nowMs) {
      const ranges: BlocksProposal[] = [];
      for (const [peerId, { proposal, untilMs }] of pending) {
        if (untilMs <= nowMs) pending.delete(peerId);
        else if (peerId === except || proposal.modelRoot !== modelRoot) continue;
        else if (proposal.kind === 'blocks') ranges.push(proposal);
      }
      return ranges;
    },
  };
}
