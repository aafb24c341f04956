import { createEmbeddingEngine } from '@manyhands/engine/onnx/create-embedding-engine';
import { createEngine } from '@manyhands/engine/worker/create-engine';
import { createIdentity } from '@manyhands/swarm/identity';
import { createMemoryHub, createMemoryTransport } from '@manyhands/swarm/memory-transport';
import { createCatalogClient } from './catalog-client.ts';
import type { Peer } from './create-peer.ts';
import { createLocalDirectory } from './local-directory.ts';
import { createAskers } from './requester/create-askers.ts';
import { createPromptCoders } from './requester/prompt-coders.ts';
import { startPromptWorker } from './requester/start-prompt-worker.ts';
import { startTickerWorker } from './start-ticker-worker.ts';
import { createTicker } from './ticker.ts';
import { createVolunteer } from './volunteer/volunteer.ts';

/**
 * A tab that serves itself and nobody else. The same requester, volunteer and frames as in a swarm, over
 * a link inside the page and a directory inside the page: there is no socket and no WebRTC that could be
 * opened. Catalogue and weights come by HTTP, or from this browser's cache.
 */
export async function createLocalPeer({ origin }: { readonly origin: string }): Promise<Peer> {
  const { publicIdentity: identity } = await createIdentity();
  const { peerId } = identity;
  const transport = createMemoryTransport(createMemoryHub(), { identity });
  const relay = createLocalDirectory(identity);
  const catalog = createCatalogClient(() => [origin]);
  const ticker = createTicker(startTickerWorker);
  const coders = createPromptCoders(startPromptWorker);
  const volunteer = createVolunteer({
    createEngine,
    createEmbeddingEngine,
    relay,
    transport,
    ticker,
    locate: (modelRoot, signal) => catalog.locate(modelRoot, signal),
    deviceKind: 'unknown',
    // Nobody else counts on this tab, so it need not prove that it runs.
    watchWakefulness: () => () => undefined,
  });
  return {
    ...createAskers({ relay, transport, catalog }, { ticker, coders }),
    peerId,
    volunteer,
    iceServers: [],
    subscribeRelay(listener) {
      listener({ state: 'open' });
      return () => undefined;
    },
    setPaths: () => undefined,
    reconnect: () => undefined,
    // Nobody else has anything to do with these answers.
    report: async () => 'unsupported',
    watchNetwork: relay.watchNetwork,
    // Whoever is alone shows no network.
    watchVolunteers: () => () => undefined,
    dispose() {
      volunteer.stop('at-once').catch(() => undefined);
      transport.dispose();
      coders.dispose();
    },
  };
}
