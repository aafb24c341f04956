import type { SocketHost } from '@manyhands/swarm/socket';
import type { CatalogClient } from './catalog-client.ts';
import { joinSwarm, type SwarmOptions } from './join-swarm.ts';
import { type Askers, createAskers } from './requester/create-askers.ts';
import type { Ticker } from './ticker.ts';

/** One tab that asks and never serves. */
export interface RequesterPeer extends Askers {
  readonly catalog: CatalogClient;
  /** Closes every link and socket, synchronously. */
  dispose(): void;
}

/**
 * Joins the swarm of a relay to ask only: nothing here imports the engine or the volunteer, so what is
 * bundled from this file is small. Host and ticker come from outside because a page of another site
 * cannot load workers from the relay's. Rejects with `SwarmError` where the browser cannot take part.
 */
export async function createRequesterPeer(
  options: SwarmOptions,
  threads: { readonly openHost: () => Promise<SocketHost>; readonly ticker: Ticker },
): Promise<RequesterPeer> {
  const swarm = await joinSwarm(options, threads.openHost);
  return {
    ...createAskers(swarm, threads.ticker),
    catalog: swarm.catalog,
    dispose: () => swarm.dispose(),
  };
}
