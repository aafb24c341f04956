import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import type {
  FromRelay,
  FromRelayOf,
  IceServers,
  ToRelay,
} from '@manyhands/protocol/relay-message';
import { isSpoken } from '@manyhands/protocol/version';
import { type Announcer, createAnnouncer } from './announcer.ts';
import { SwarmError } from './error.ts';
import type { Identity } from './identity.ts';
import { RECONNECT_DELAY_MS_MAX, RECONNECT_DELAY_MS_MIN, RECONNECT_RESET_MS } from './limits.ts';
import { createPlacements, type PlacementProposal, type PlacementRequest } from './placements.ts';
import { openRelayConnection, type RelayConnection } from './relay-connection.ts';
import { createReports, type Report, type ReportAnswer } from './reports.ts';
import type { Roster } from './roster.ts';
import type { Signaling } from './signaling.ts';
import type { SocketHost } from './socket.ts';
import { createTunnels, type Tunnels } from './tunnels.ts';
import { createWatches, type NetworkView } from './watches.ts';

/** `waiting`: will try again by itself. `refused`: will not; `error` says what to do. */
export type RelayLinkState = 'connecting' | 'open' | 'waiting' | 'refused' | 'closed';

/** This tab's connection to its relay; it comes back by itself and repeats what it was asked for. */
export interface RelayLink extends Signaling {
  readonly state: RelayLinkState;
  /** Why the link is `waiting` or `refused`. */
  readonly error: SwarmError | undefined;
  /** What the relay recommends for WebRTC. */
  readonly iceServers: IceServers;
  /** This tab's clock, corrected by the relay's. */
  nowMs(): number;
  /** Called when `state`, `error` or `iceServers` changed. Returns a remover. */
  subscribe(onChange: () => void): () => void;
  /**
   * Serve: `describe` is called now and at every heartbeat, `countServed` with it. Call again at once after a
   * change.
   */
  announce: Announcer['announce'];
  /** Stop serving: leaves the directory now. */
  withdraw(): void;
  /** Sealed records to peers that no direct path leads to. */
  readonly tunnels: Tunnels;
  /** `isBlinded`: the root is a circle's (see `circle-relay`). */
  watch(modelRoot: string, isBlinded?: boolean): Roster;
  watchNetwork(onView: (view: NetworkView) => void): () => void;
  /** Rejects with `relay-unreachable` after a deadline, `relay-refused`, `over-limit`, `aborted`. */
  requestPlacement(request: PlacementRequest, signal?: AbortSignal): Promise<PlacementProposal>;
  /**
   * Tells the relay's operator about an answer. Rejects with `relay-unreachable` where no relay is connected or
   * none answers in time.
   */
  report(report: Report): Promise<ReportAnswer>;
  /** Refusals that are not fatal, e.g. `over-limit`, `stale-entry`. */
  onRefused(handler: (refused: FromRelayOf<'refused'>) => void): () => void;
  /** Skips the wait of `waiting`, or tries again after `refused`. */
  reconnect(): void;
  dispose(): void;
}

/** Connects to a relay. In a page `origin` is its own; Node and tests pass theirs. */
export function createRelayLink(options: {
  readonly url: string;
  readonly identity: Identity;
  readonly origin?: string;
  readonly host: SocketHost;
  readonly random?: () => number;
  readonly clock?: () => number;
  /** For a tab with several relays, whose entries must be in one order at all of them. */
  readonly nextSequence?: () => number;
  /** The relay said where others of its network are. */
  readonly onRelays?: (origins: readonly string[]) => void;
}): RelayLink {
  const { url, identity, origin = location.origin, random = Math.random } = options;
  const { host, clock = Date.now } = options;
  const { nextSequence = createSequence(), onRelays = () => {} } = options;
  const listeners = new Set<() => void>();
  const signalHandlers = new Set<(from: PublicIdentity, sealed: string) => void>();
  const unreachableHandlers = new Set<(peerId: PeerId) => void>();
  const refusedHandlers = new Set<(refused: FromRelayOf<'refused'>) => void>();
  let state: RelayLinkState = 'connecting';
  let error: SwarmError | undefined;
  let iceServers: IceServers = [];
  let connection: RelayConnection | undefined;
  let clockOffsetMs = 0;
  let openedAtMs = 0;
  let failureCount = 0;
  let cancelRetry = () => {};

  const nowMs = () => clock() + clockOffsetMs;
  const send = (message: ToRelay): boolean => {
    if (state !== 'open' || connection === undefined) return false;
    if (!isSpoken(message.type, connection.version)) return false;
    connection.send(message);
    return true;
  };
  const announcer = createAnnouncer({ identity, host, nowMs, nextSequence, send });
  const watches = createWatches({ host, nowMs, send });
  const placements = createPlacements({ host, send });
  const reports = createReports({ host, send, isConnected: () => state === 'open' });
  const tunnels = createTunnels({
    send,
    sendRecord: (record) => connection?.sendRecord(record),
  });

  const setState = (newState: RelayLinkState, newError?: SwarmError) => {
    state = newState;
    error = newError;
    for (const listener of listeners) listener();
  };

  const receive = (message: FromRelay) => {
    watches.take(message);
    tunnels.take(message);
    if (message.type === 'signal-from') {
      for (const handler of signalHandlers) handler(message.from, message.sealed);
    } else if (message.type === 'ice-servers') {
      iceServers = message.iceServers;
      setState(state, error);
    } else if (message.type === 'placement-proposal') {
      placements.take(message);
    } else if (message.type === 'reported') {
      reports.take(message);
    } else if (message.type === 'refused') {
      if (message.code === 'unknown-model') placements.refuse(message.message);
      if (message.code === 'unreachable' && message.peerId !== undefined) {
        for (const handler of unreachableHandlers) handler(message.peerId);
      }
      for (const handler of refusedHandlers) handler(message);
    }
  };

  const onWelcome = (welcome: FromRelayOf<'welcome'>) => {
    openedAtMs = clock();
    clockOffsetMs = welcome.nowMs - openedAtMs;
    iceServers = welcome.iceServers;
    setState('open');
    announcer.resume();
    watches.resume();
    placements.resume();
    if (welcome.relays.length > 0) onRelays(welcome.relays);
  };

  const onEnd = (reason: SwarmError, isFinal: boolean) => {
    if (state === 'open') {
      if (clock() - openedAtMs >= RECONNECT_RESET_MS) failureCount = 0;
      watches.markStale();
    }
    connection = undefined;
    tunnels.closeAll(reason);
    reports.fail(reason);
    if (!isFinal) {
      cancelRetry = host.setTimer(connect, chooseReconnectDelayMs(failureCount++, random));
    }
    setState(isFinal ? 'refused' : 'waiting', reason);
  };

  const connect = () => {
    cancelRetry();
    setState('connecting', error);
    const handlers = { onWelcome, onMessage: receive, onRecord: tunnels.takeRecord, onEnd };
    connection = openRelayConnection({ host, url, origin, identity }, handlers);
  };
  connect();

  return {
    get state() {
      return state;
    },
    get error() {
      return error;
    },
    get iceServers() {
      return iceServers;
    },
    nowMs,
    subscribe: (onChange) => subscribeTo(listeners, onChange),
    announce: announcer.announce,
    withdraw: announcer.withdraw,
    tunnels,
    watch: watches.watch,
    watchNetwork: watches.watchNetwork,
    requestPlacement: placements.request,
    report: reports.send,
    identityOf: watches.identityOf,
    signalTo(to, sealed) {
      if (send({ type: 'signal-to', to, sealed })) return;
      throw new SwarmError('relay-unreachable', 'The relay cannot be reached now; try again.');
    },
    onSignal: (handler) => subscribeTo(signalHandlers, handler),
    onUnreachable: (handler) => subscribeTo(unreachableHandlers, handler),
    onRefused: (handler) => subscribeTo(refusedHandlers, handler),
    reconnect() {
      if (state !== 'waiting' && state !== 'refused') return;
      failureCount = 0;
      connect();
    },
    dispose() {
      if (state === 'closed') return;
      cancelRetry();
      connection?.close();
      announcer.dispose();
      watches.dispose();
      placements.dispose();
      reports.fail(new SwarmError('aborted', 'The connection to the relay was closed.'));
      tunnels.closeAll(new SwarmError('aborted', 'The connection to the relay was closed.'));
      host.dispose();
      setState('closed');
    },
  };
}

/** Doubles from the first wait to the last; the random part keeps a restarted relay from a stampede. */
export function chooseReconnectDelayMs(failureCount: number, random: () => number): number {
  const delayMs = RECONNECT_DELAY_MS_MIN * 2 ** Math.min(failureCount, 20);
  return Math.min(delayMs, RECONNECT_DELAY_MS_MAX) * (1 - random() / 2);
}

/** Numbers for one tab's announcements. */
export function createSequence(): () => number {
  let sequence = 0;
  return () => ++sequence;
}

export function subscribeTo<Handler>(handlers: Set<Handler>, handler: Handler): () => void {
  handlers.add(handler);
  return () => {
    handlers.delete(handler);
  };
}
