import { createEmbeddingEngine } from '@manyhands/engine/onnx/create-embedding-engine';
import {
  createEngine as createWorkerEngine,
  type EngineHandle,
} from '@manyhands/engine/worker/create-engine';
import { openEmbeddingStore } from '@manyhands/model/embedding/embedding-store';
import { openWeightStore } from '@manyhands/model/store/weight-store';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import type { FromRelayOf } from '@manyhands/protocol/relay-message';
import { loadIdentity } from '@manyhands/swarm/identity';
import {
  createIndexedDbIdentityStore,
  createMemoryIdentityStore,
} from '@manyhands/swarm/identity-store';
import { createRelayGroup } from '@manyhands/swarm/relay-group';
import type { RelayLink, RelayLinkState } from '@manyhands/swarm/relay-link';
import { createWebRtcTransport } from '@manyhands/swarm/webrtc-transport';
import { createWorkerSocketHost } from '@manyhands/swarm/worker-socket-host';
import { createCatalogClient } from './catalog-client.ts';
import { closeIdleLinks } from './close-idle-links.ts';
import { type ErrorReport, reportError } from './error-report.ts';
import type { Requester } from './requester/answer.ts';
import { createEmbedder } from './requester/embedder.ts';
import type { Embedder } from './requester/embeddings.ts';
import { heedRefusals } from './requester/heed-refusals.ts';
import { createModelLibrary } from './requester/model-library.ts';
import { createRequester } from './requester/requester.ts';
import { createTicker } from './ticker.ts';
import { createVolunteer } from './volunteer/volunteer.ts';
import type { Volunteer } from './volunteer/volunteer-state.ts';
import { createWakefulness } from './volunteer/wakefulness.ts';

export interface PeerOptions {
  /** Where catalogue, manifests and relay are, e.g. `https://example.org`. */
  readonly origin: string;
  /** Origins of all relays to keep to. Without it, that of `origin` and those that it names. */
  readonly relays?: readonly string[];
  /** `profile` shares the identity between tabs and visits; `memory` forgets it with the page. */
  readonly identity?: 'profile' | 'memory';
  /** Where the profile's identity is kept, if not in the page's own storage. */
  readonly databases?: IDBFactory | undefined;
  /** This tab is a frame on another site's page: the key that its operator gave that site. */
  readonly embedKey?: string;
  /** What computes when this tab serves blocks; benchmarks of the network put a stand-in here. */
  readonly createEngine?: () => EngineHandle;
  /** `relay`: links go over TURN alone. Default `all`. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
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
  /** What the relay recommends for WebRTC; nothing before it was reached. */
  readonly iceServers: RelayLink['iceServers'];
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
  relays,
  identity: kind = 'profile',
  databases,
  embedKey,
  createEngine = createWorkerEngine,
  iceTransportPolicy = 'all',
  paths: firstPaths = DEFAULT_PATHS,
}: PeerOptions): Promise<Peer> {
  const store =
    kind === 'profile'
      ? createIndexedDbIdentityStore(undefined, databases)
      : createMemoryIdentityStore();
  const identity = await loadIdentity(store);
  // One worker holds the sockets and every timer that must not be slowed down with a hidden page.
  const host = createWorkerSocketHost();
  const isOpenEnded = relays === undefined;
  let paths = firstPaths;
  const relay = createRelayGroup({
    relays: relays ?? [origin],
    isOpenEnded,
    embedKey,
    identity,
    host,
  });
  const transport = createWebRtcTransport({
    identity,
    signaling: relay,
    iceServers: () => relay.iceServers,
    iceTransportPolicy,
    nowMs: () => relay.nowMs(),
    tunnels: relay.tunnels,
    paths: () => ({
      direct: !paths.isRelayOnly,
      takesRelayed: paths.isRelayOnly || paths.takesRelayed,
    }),
  });
  const ticker = createTicker();
  const stopClosingIdle = closeIdleLinks(transport);
  const catalog = createCatalogClient(() => new Set([...relay.origins, origin]));
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
    ticker,
    locate: (modelRoot, signal) => catalog.locate(modelRoot, signal),
    deviceKind: deviceKindOf(navigator.userAgent),
    watchWakefulness: createWakefulness({ document, setTimer: host.setTimer, nowMs: Date.now }),
  });
  const requester = heedRefusals(
    createRequester({
      transport,
      models,
      ticker,
      watch: (modelRoot) => relay.watch(modelRoot),
    }),
    relay,
  );
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
    get iceServers() {
      return relay.iceServers;
    },
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
      volunteer.stop('at-once').catch(() => undefined);
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
