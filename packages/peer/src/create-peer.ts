import { createEmbeddingEngine } from '@manyhands/engine/onnx/create-embedding-engine';
import { createEngine } from '@manyhands/engine/worker/create-engine';
import { openEmbeddingStore } from '@manyhands/model/embedding/embedding-store';
import { openWeightStore } from '@manyhands/model/store/weight-store';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import type { FromRelayOf } from '@manyhands/protocol/relay-message';
import { loadIdentity } from '@manyhands/swarm/identity';
import {
  createIndexedDbIdentityStore,
  createMemoryIdentityStore,
} from '@manyhands/swarm/identity-store';
import { createRelayLink, type RelayLinkState } from '@manyhands/swarm/relay-link';
import { createWebRtcTransport } from '@manyhands/swarm/webrtc-transport';
import { createCatalogClient } from './catalog-client.ts';
import { closeIdleLinks } from './close-idle-links.ts';
import { type ErrorReport, reportError } from './error-report.ts';
import type { Requester } from './requester/answer.ts';
import { createEmbedder } from './requester/embedder.ts';
import type { Embedder } from './requester/embeddings.ts';
import { createModelLibrary } from './requester/model-library.ts';
import { createRequester } from './requester/requester.ts';
import { createVolunteer } from './volunteer/volunteer.ts';
import type { Volunteer } from './volunteer/volunteer-state.ts';

export interface PeerOptions {
  /** Where catalogue, manifests and relay are, e.g. `https://example.org`. */
  readonly origin: string;
  /** `profile` shares the identity between tabs and visits; `memory` forgets it with the page. */
  readonly identity?: 'profile' | 'memory';
  /** How others may be connected with. Default: directly, else through the relay. */
  readonly paths?: PathSettings;
}

/** A person's choice between speed and what others learn. */
export interface PathSettings {
  /** Never connects directly: other tabs do not see this one's address. */
  readonly isRelayOnly: boolean;
  /** As a volunteer, serves people too that only the relay can connect with. */
  readonly takesRelayed: boolean;
}

export const DEFAULT_PATHS: PathSettings = { isRelayOnly: false, takesRelayed: true };

/** How the connection to the relay stands. `waiting`: it was lost and is tried again soon. */
export interface RelayStatus {
  readonly state: RelayLinkState;
  readonly error?: ErrorReport;
}

/** All models and their coverage, as the relay reports them. */
export type NetworkView = Omit<FromRelayOf<'network'>, 'type'>;

/** One tab in the swarm: it may serve, ask, or both. Making one downloads no weights and computes nothing. */
export interface Peer {
  readonly peerId: string;
  readonly volunteer: Volunteer;
  readonly requester: Requester;
  readonly embedder: Embedder;
  /** Calls at once with the present status, then on every change. Returns a remover. */
  subscribeRelay(listener: (status: RelayStatus) => void): () => void;
  /** Ends links that are no longer wanted at once; later ones follow the new choice. */
  setPaths(paths: PathSettings): void;
  /** Tries the relay again now. */
  reconnect(): void;
  /** Calls with every network message until the returned remover runs. */
  watchNetwork(listener: (network: NetworkView) => void): () => void;
  /** The page goes away: leaves the directory and closes every link, synchronously. */
  dispose(): void;
}

/** Joins the swarm of a relay. Rejects with `SwarmError` where the browser cannot take part. */
export async function createPeer({
  origin,
  identity: kind = 'profile',
  paths: firstPaths = DEFAULT_PATHS,
}: PeerOptions): Promise<Peer> {
  const store = kind === 'profile' ? createIndexedDbIdentityStore() : createMemoryIdentityStore();
  const identity = await loadIdentity(store);
  const relayUrl = new URL('/relay', origin);
  relayUrl.protocol = relayUrl.protocol === 'https:' ? 'wss:' : 'ws:';
  let paths = firstPaths;
  const relay = createRelayLink({ url: relayUrl.href, identity });
  const transport = createWebRtcTransport({
    identity,
    signaling: relay,
    iceServers: () => relay.iceServers,
    nowMs: () => relay.nowMs(),
    tunnels: relay.tunnels,
    paths: () => ({
      direct: !paths.isRelayOnly,
      takesRelayed: paths.isRelayOnly || paths.takesRelayed,
    }),
  });
  const stopClosingIdle = closeIdleLinks(transport);
  const catalog = createCatalogClient(origin);
  const models = createModelLibrary(async (modelRoot, signal) => {
    const location = await catalog.locate(modelRoot, signal);
    const weights = await openWeightStore({ modelRoot, ...location, signal });
    try {
      const { metadata } = await weights.readGgufHeader(signal);
      const { blockCount, contextLength } = weights.manifest.config;
      return { blockCount, contextLength, metadata };
    } finally {
      weights.close();
    }
  });
  const volunteer = createVolunteer({
    createEngine,
    createEmbeddingEngine,
    relay,
    transport,
    locate: (modelRoot, signal) => catalog.locate(modelRoot, signal),
    deviceKind: deviceKindOf(navigator.userAgent),
  });
  const requester = createRequester({
    transport,
    models,
    watch: (modelRoot) => relay.watch(modelRoot),
  });
  const embedder = createEmbedder({
    transport,
    watch: (modelRoot) => relay.watch(modelRoot),
    async loadCard(modelRoot, signal) {
      const { tokenizerUrls = [], ...location } = await catalog.locate(modelRoot, signal);
      // The manifest alone: a requester needs neither the model nor its tokenizer.
      const store = await openEmbeddingStore({ modelRoot, ...location, tokenizerUrls, signal });
      store.close();
      return store.manifest.card;
    },
  });
  return {
    peerId: identity.peerId,
    volunteer,
    requester,
    embedder,
    subscribeRelay(listener) {
      const tell = (): void => {
        const { state, error } = relay;
        listener({ state, ...(error && { error: reportError(error) }) });
      };
      tell();
      return relay.subscribe(tell);
    },
    setPaths(chosen) {
      paths = chosen;
      transport.applyPaths();
    },
    reconnect: () => relay.reconnect(),
    watchNetwork: (listener) => relay.watchNetwork(({ type: _type, ...view }) => listener(view)),
    dispose() {
      relay.withdraw();
      // The worker frees the GPU with the page; what matters is that nobody is sent here any more.
      volunteer.stop().catch(() => undefined);
      stopClosingIdle();
      transport.dispose();
      relay.dispose();
    },
  };
}

/** Only the kind of device is published: for the network page, never to tell people apart. */
function deviceKindOf(userAgent: string): DirectoryEntry['deviceKind'] {
  if (/iPad|Tablet|Android(?!.*Mobile)/.test(userAgent)) return 'tablet';
  if (/Mobi|iPhone/.test(userAgent)) return 'phone';
  if (/Windows|Macintosh|Linux|CrOS/.test(userAgent)) return 'desktop';
  return 'unknown';
}
