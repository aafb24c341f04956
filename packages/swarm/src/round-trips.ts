import type { PeerId } from '@manyhands/protocol/id';
import type { Link } from './link.ts';

/** What is known of the way to each linked peer and back, in milliseconds. */
export async function measureRoundTrips(
  links: ReadonlyMap<PeerId, Link>,
): Promise<ReadonlyMap<PeerId, number>> {
  const known = new Map<PeerId, number>();
  await Promise.all(
    [...links].map(async ([peerId, link]) => {
      // A link that closes in this moment has no path any more.
      const stats = await link.stats().catch(() => undefined);
      if (stats?.roundTripMs !== undefined) known.set(peerId, stats.roundTripMs);
    }),
  );
  return known;
}
