import type { PeerId } from '@manyhands/protocol/id';
import { NO_DIRECT_MEMORY_MS, NO_DIRECT_PEERS_MAX } from './limits.ts';

/** Peers that no direct path led to lately: the next link need not find that out again. */
export interface NoDirectMemory {
  note(peerId: PeerId): void;
  has(peerId: PeerId): boolean;
}

export function createNoDirectMemory(nowMs: () => number): NoDirectMemory {
  const notedAtMs = new Map<PeerId, number>();
  return {
    note(peerId) {
      notedAtMs.delete(peerId);
      notedAtMs.set(peerId, nowMs());
      if (notedAtMs.size > NO_DIRECT_PEERS_MAX) {
        notedAtMs.delete(notedAtMs.keys().next().value ?? '');
      }
    },
    has(peerId) {
      const atMs = notedAtMs.get(peerId);
      return atMs !== undefined && nowMs() - atMs < NO_DIRECT_MEMORY_MS;
    },
  };
}
