import type { NetworkView, Peer } from '@manyhands/peer/create-peer';
import { type ErrorReport, reportError } from '@manyhands/peer/error-report';
import type { PathSettings, RelayStatus } from '@manyhands/peer/join-swarm';
import { type ReadonlySignal, signal } from '@preact/signals';
import { createPaths, type Paths } from './paths.ts';
import type { Scope } from './tiers.ts';

/**
 * `loading`: the code of the network is still being fetched. `failed`: it could not start here. `local`:
 * there is none, by choice.
 */
export interface ConnectionStatus {
  readonly state: RelayStatus['state'] | 'off' | 'local' | 'loading' | 'failed';
  readonly error?: ErrorReport;
}

/** The one peer of this tab and what it reports; pages come and go, this stays. */
export interface Connection {
  readonly status: ReadonlySignal<ConnectionStatus>;
  readonly network: ReadonlySignal<NetworkView | undefined>;
  readonly peerId: ReadonlySignal<string | undefined>;
  /** The peer, opened on the first call. Rejects when it cannot start; the next call tries again. */
  peer(): Promise<Peer>;
  /** What the relay recommends for WebRTC; nothing before a peer is open. */
  iceServers(): Peer['iceServers'];
  /** Opens the peer, or skips the wait of one that lost its relay; failures show in `status`. */
  retry(): void;
  /** Leaves the directory and closes every link, synchronously. A later `peer()` opens a new one. */
  close(): void;
}

export function createConnection(
  openPeer: (paths: PathSettings, scope: Scope) => Promise<Peer>,
  { settings: paths }: Paths = createPaths(),
  scope: ReadonlySignal<Scope | undefined> = signal({ tier: 'public' }),
): Connection {
  const status = signal<ConnectionStatus>({ state: 'off' });
  const network = signal<NetworkView | undefined>(undefined);
  const peerId = signal<string | undefined>(undefined);
  let opening: Promise<Peer> | undefined;
  let opened: Peer | undefined;
  let generation = 0;

  paths.subscribe((chosen) => opened?.setPaths(chosen));

  async function open(): Promise<Peer> {
    const mine = generation;
    const within = scope.value;
    if (within === undefined) throw nowhere();
    const isLocal = within.tier === 'local';
    status.value = { state: isLocal ? 'local' : 'loading' };
    try {
      const peer = await openPeer(paths.value, within);
      if (mine !== generation) {
        peer.dispose();
        throw new DOMException('The page went away while the network was opening.', 'AbortError');
      }
      opened = peer;
      // As it is now: the person may have chosen while the code was loading.
      peer.setPaths(paths.value);
      peerId.value = peer.peerId;
      peer.subscribeRelay((relay) => {
        if (opened === peer && !isLocal) follow(relay);
      });
      peer.watchNetwork((view) => {
        if (opened === peer) network.value = view;
      });
      return peer;
    } catch (cause) {
      if (mine === generation) {
        opening = undefined;
        status.value = { state: 'failed', error: reportError(cause) };
      }
      throw cause;
    }
  }

  function follow(relay: RelayStatus): void {
    status.value = relay;
    // Counts of a network that is out of reach would be stale.
    if (relay.state !== 'open') network.value = undefined;
  }

  function peer(): Promise<Peer> {
    // Nothing is kept of a call that there was no circle for.
    if (scope.value === undefined) return Promise.reject(nowhere());
    opening ??= open();
    return opening;
  }

  return {
    status,
    network,
    peerId,
    peer,
    iceServers: () => opened?.iceServers ?? [],
    retry: () => {
      if (opened === undefined) peer().catch(ignore);
      else opened.reconnect();
    },
    close: () => {
      generation += 1;
      opened?.dispose();
      opening = undefined;
      opened = undefined;
      peerId.value = undefined;
      network.value = undefined;
      status.value = { state: 'off' };
    },
  };
}

/** A circle that has expired, or that is not chosen yet: nothing wider takes its place. */
function nowhere(): Error {
  const message = 'No circle is chosen, or it has expired: choose one, or another tier.';
  return Object.assign(new Error(message), { code: 'circle-expired' });
}

/** Where a failure already shows in `status`. */
function ignore(): void {
  // Nothing left to decide.
}
