import type { Circle } from '@manyhands/swarm/circle';
import { loadIdentity } from '@manyhands/swarm/identity';
import {
  createIndexedDbIdentityStore,
  createMemoryIdentityStore,
} from '@manyhands/swarm/identity-store';
import { createRelayGroup, type RelayGroup } from '@manyhands/swarm/relay-group';
import type { RelayLinkState } from '@manyhands/swarm/relay-link';
import type { SocketHost } from '@manyhands/swarm/socket';
import { createWebRtcTransport, type WebRtcTransport } from '@manyhands/swarm/webrtc-transport';
import { type CatalogClient, createCatalogClient } from './catalog-client.ts';
import type { joinCircle } from './circle/join-circle.ts';
import { closeIdleLinks } from './close-idle-links.ts';
import { type ErrorReport, reportError } from './error-report.ts';

export interface SwarmOptions {
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
  /** `relay`: links go over TURN alone. Default `all`. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  /** How others may be connected with. Default: directly, else through the relay. */
  readonly paths?: PathSettings;
  /** How long a dial may take until the other tab counts as out of reach. */
  readonly connectTimeoutMs?: number;
}

/** A circle to stay in, with the code for it, which who only asks in public does not bundle. */
export interface JoinedCircle {
  readonly circle: Circle;
  readonly join: typeof joinCircle;
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

/** A tab that is connected to its relays and can reach others; what asking and serving are made over. */
export interface JoinedSwarm {
  readonly peerId: string;
  readonly host: SocketHost;
  readonly relay: RelayGroup;
  readonly transport: WebRtcTransport;
  readonly catalog: CatalogClient;
  /** Calls at once with the present status, then on every change. Returns a remover. */
  subscribeRelay(listener: (status: RelayStatus) => void): () => void;
  /** Ends links that are no longer wanted at once; later ones follow the new choice. */
  setPaths(paths: PathSettings): void;
  /** Closes every link and socket, and ends `host`, synchronously. */
  dispose(): void;
}

/**
 * Joins the swarm of a relay. `openHost` is called once this browser is known to be able to take part;
 * rejects with `SwarmError` where it is not.
 */
export async function joinSwarm(
  {
    origin,
    relays,
    identity: kind = 'profile',
    databases,
    embedKey,
    iceTransportPolicy = 'all',
    connectTimeoutMs,
    paths: firstPaths = DEFAULT_PATHS,
  }: SwarmOptions,
  openHost: () => SocketHost | Promise<SocketHost>,
  among?: JoinedCircle,
): Promise<JoinedSwarm> {
  const store =
    kind === 'profile'
      ? createIndexedDbIdentityStore(undefined, databases)
      : createMemoryIdentityStore();
  const identity = await loadIdentity(store);
  const host = await openHost();
  const isOpenEnded = relays === undefined;
  let paths = firstPaths;
  const group = createRelayGroup({
    relays: relays ?? [origin],
    isOpenEnded,
    embedKey,
    identity,
    host,
  });
  const transport = createWebRtcTransport({
    identity,
    signaling: group,
    iceServers: () => group.iceServers,
    iceTransportPolicy,
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
    nowMs: () => group.nowMs(),
    tunnels: group.tunnels,
    membership: among?.circle,
    paths: () => ({
      direct: !paths.isRelayOnly,
      takesRelayed: paths.isRelayOnly || paths.takesRelayed,
    }),
  });
  const stopClosingIdle = closeIdleLinks(transport);
  const catalog = createCatalogClient(() => new Set([...group.origins, origin]));
  const leave = (): void => {
    stopClosingIdle();
    transport.dispose();
    group.dispose();
  };
  const relay =
    among === undefined
      ? group
      : among.join({ group, ...among, transport, catalog, host, onExpired: leave });
  return {
    peerId: identity.peerId,
    host,
    relay,
    transport,
    catalog,
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
    dispose() {
      relay.dispose();
      leave();
    },
  };
}
