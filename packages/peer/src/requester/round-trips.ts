import type { Transport } from '@manyhands/swarm/link';

/** Milliseconds there and back between two peers, as far as this tab can tell. */
export interface KnownRoundTrips {
  /** Asks the links of this tab. */
  refresh(): Promise<void>;
  between(from: string, to: string): number | undefined;
}

/**
 * Measured for this tab's own links. Between two others half of both ways is taken: nobody told, but two
 * that are near to here are near to each other.
 */
export function createKnownRoundTrips(
  transport: Pick<Transport, 'peerId' | 'roundTrips'>,
): KnownRoundTrips {
  let measured: ReadonlyMap<string, number> = new Map();
  return {
    async refresh() {
      measured = await transport.roundTrips();
    },
    between(from, to) {
      const there = from === transport.peerId ? 0 : measured.get(from);
      const onwards = to === transport.peerId ? 0 : measured.get(to);
      if (there === undefined || onwards === undefined) return undefined;
      const isOwn = from === transport.peerId || to === transport.peerId;
      return isOwn ? there + onwards : (there + onwards) / 2;
    },
  };
}
