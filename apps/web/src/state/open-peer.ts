import type { PathSettings, Peer } from '@manyhands/peer/create-peer';

/** Fetches the code of the network, which the first page does not wait for, and joins the swarm. */
export async function openPeer(paths: PathSettings): Promise<Peer> {
  const { createPeer } = await import('@manyhands/peer/create-peer');
  return createPeer({ origin: location.origin, paths });
}
