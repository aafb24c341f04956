import type { SocketHost } from '@manyhands/swarm/socket';
import type { CatalogClient } from './catalog-client.ts';
import { joinSwarm, type SwarmOptions } from './join-swarm.ts';
import { createReporter, type Reporter } from './report.ts';
import { type Askers, type AskerThreads, createAskers } from './requester/create-askers.ts';

/** One tab that asks and never serves. */
export interface RequesterPeer extends Askers, Reporter {
  readonly catalog: CatalogClient;
  /** Closes every link and socket, synchronously. */
  dispose(): void;
}

/**
 * Joins the swarm of a relay to ask only: nothing here imports the engine or the volunteer, so what is
 * bundled from this file is small. Threads come from outside because a page of another site cannot load
 * workers from the relay's. Rejects with `SwarmError` where the browser cannot take part.
 */
export async function createRequesterPeer(
  options: SwarmOptions,
  threads: AskerThreads & { readonly openHost: () => Promise<SocketHost> },
): Promise<RequesterPeer> {
  const swarm = await joinSwarm(options, threads.openHost);
  return {
    ...createAskers(swarm, threads),
    ...createReporter(swarm.relay),
    catalog: swarm.catalog,
    dispose() {
      swarm.dispose();
      threads.coders.dispose();
    },
  };
}
