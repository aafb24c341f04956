import type { PeerId } from '@manyhands/protocol/id';
import { PROPOSAL_PENDING_MS } from '../limits.ts';
import { createTokenBucket, type TokenBucket } from '../sockets/token-bucket.ts';
import type { EmbedSite } from './embed-sites.ts';

/** What tabs in frames of one site may use together. Tabs of the operator's own pages have no key. */
export interface EmbedCaps {
  /** Whether the tab may contribute; it then counts until it is released. */
  admitVolunteer(key: string | undefined, peerId: PeerId): boolean;
  /** The tab left the directory or the relay. */
  release(peerId: PeerId): void;
  /** Who contributes may ask besides: it gives more than it takes. */
  admitPrompt(key: string | undefined, peerId: PeerId): boolean;
}

export function createEmbedCaps(options: {
  readonly siteOf: (key: string) => EmbedSite | undefined;
  readonly isListed: (peerId: PeerId) => boolean;
  readonly now: () => number;
}): EmbedCaps {
  const { siteOf, isListed, now } = options;
  /** When each was last admitted: who only asked what to hold, and never announced, is forgotten. */
  const volunteers = new Map<string, Map<PeerId, number>>();
  const buckets = new Map<string, { readonly perMinute: number; readonly bucket: TokenBucket }>();

  const prune = (admitted: Map<PeerId, number>) => {
    for (const [peerId, atMs] of admitted) {
      if (!isListed(peerId) && now() - atMs >= PROPOSAL_PENDING_MS) admitted.delete(peerId);
    }
  };

  return {
    admitVolunteer(key, peerId) {
      if (key === undefined) return true;
      const volunteersMax = siteOf(key)?.volunteersMax ?? 0;
      const admitted = volunteers.get(key) ?? new Map<PeerId, number>();
      volunteers.set(key, admitted);
      if (admitted.size >= volunteersMax) prune(admitted);
      if (!admitted.has(peerId) && admitted.size >= volunteersMax) return false;
      admitted.set(peerId, now());
      return true;
    },
    release(peerId) {
      for (const [key, admitted] of volunteers) {
        if (admitted.delete(peerId) && admitted.size === 0) volunteers.delete(key);
      }
    },
    admitPrompt(key, peerId) {
      if (key === undefined || volunteers.get(key)?.has(peerId)) return true;
      const perMinute = siteOf(key)?.promptsPerMinute ?? 0;
      let held = buckets.get(key);
      if (held?.perMinute !== perMinute) {
        const bucket = createTokenBucket({ perSecond: perMinute / 60, burst: perMinute });
        held = { perMinute, bucket };
        buckets.set(key, held);
      }
      return held.bucket.take(now());
    },
  };
}
