import type { PeerId } from '@manyhands/protocol/id';
import { SIGNAL_REPLY_MS, SIGNAL_TARGETS_MAX } from '../limits.ts';

/** Remembers who signalled whom, so that replies reach tabs that do not serve. */
export interface SignalLedger {
  note(from: PeerId, to: PeerId, nowMs: number): void;
  /** Whether `from` has signalled `to` within the last minute, and so wants to hear from it. */
  hasSignalled(from: PeerId, to: PeerId, nowMs: number): boolean;
  remove(peerId: PeerId): void;
}

export function createSignalLedger(): SignalLedger {
  const bySender = new Map<PeerId, Map<PeerId, number>>();
  return {
    note(from, to, nowMs) {
      const targets = bySender.get(from) ?? new Map<PeerId, number>();
      bySender.set(from, targets);
      // Re-inserted, so that the first key is the one signalled longest ago.
      targets.delete(to);
      targets.set(to, nowMs);
      if (targets.size <= SIGNAL_TARGETS_MAX) return;
      for (const oldest of targets.keys()) {
        targets.delete(oldest);
        return;
      }
    },
    hasSignalled(from, to, nowMs) {
      const atMs = bySender.get(from)?.get(to);
      return atMs !== undefined && nowMs - atMs <= SIGNAL_REPLY_MS;
    },
    remove(peerId) {
      bySender.delete(peerId);
    },
  };
}
