import type { PeerId } from '@manyhands/protocol/id';
import { NO_DIRECT_MEMORY_MS, NO_DIRECT_PEERS_MAX, NO_DIRECT_PEERS_MIN } from './limits.ts';

/** What was found out about direct paths lately: the next link need not wait for the same again. */
export interface NoDirectMemory {
  /** No direct path led to this peer, and the relay did. `isOurs`: it was dialled from here. */
  note(peerId: PeerId, isOurs: boolean): void;
  /** A direct path led to somebody. */
  noteDirect(): void;
  /** Whether a direct path to this peer is not worth waiting for. */
  has(peerId: PeerId): boolean;
}

/**
 * One peer may be badly placed; when several in a row are not reached and nobody is, it is this tab's own
 * network that lets nothing through, and everybody is reached through the relay at once. Only those count
 * that this tab chose to dial: whoever dials it could be in no hurry to connect.
 */
export function createNoDirectMemory(nowMs: () => number): NoDirectMemory {
  const notedAtMs = new Map<PeerId, number>();
  /** Dialled in vain since the last direct link. */
  let inVain = new Set<PeerId>();
  const isFresh = (peerId: PeerId): boolean => {
    const atMs = notedAtMs.get(peerId);
    return atMs !== undefined && nowMs() - atMs < NO_DIRECT_MEMORY_MS;
  };
  return {
    note(peerId, isOurs) {
      notedAtMs.delete(peerId);
      notedAtMs.set(peerId, nowMs());
      if (isOurs) inVain.add(peerId);
      const [oldest = ''] = notedAtMs.keys();
      if (notedAtMs.size <= NO_DIRECT_PEERS_MAX) return;
      notedAtMs.delete(oldest);
      inVain.delete(oldest);
    },
    noteDirect() {
      inVain = new Set();
    },
    has: (peerId) => isFresh(peerId) || [...inVain].filter(isFresh).length >= NO_DIRECT_PEERS_MIN,
  };
}
