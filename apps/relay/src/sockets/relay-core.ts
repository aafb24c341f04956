import { blockBytesOf } from '@manyhands/planner/placement';
import type { ModelRoot, PeerId, PublicIdentity } from '@manyhands/protocol/id';
import type { NetworkEvent, ToRelay } from '@manyhands/protocol/relay-message';
import { createCircles } from '../directory/circles.ts';
import { createDirectory, type Directory } from '../directory/directory.ts';
import { createHistory, type History } from '../directory/history.ts';
import { createNetworkView } from '../directory/network-view.ts';
import { createSupplyLedger } from '../directory/supply-ledger.ts';
import { createWatches } from '../directory/watches.ts';
import { createEmbedCaps } from '../embed/embed-caps.ts';
import type { EmbedSites } from '../embed/embed-sites.ts';
import { createIceRenewals } from '../ice/ice-renewals.ts';
import type { IceServerSource } from '../ice/turn-credentials.ts';
import type { ReportDesk } from '../reports/report-desk.ts';
import type { TunnelRations } from '../tunnels/ration.ts';
import { createTunnelTable, type TunnelEvents } from '../tunnels/tunnel-table.ts';
import type { Connection } from './connection.ts';
import type { CoreParts, Proven, ReadyModels } from './core-parts.ts';
import { handleAnnounce } from './handle-announce.ts';
import { handlePlacement } from './handle-placement.ts';
import { handleReport } from './handle-report.ts';
import { handleSignal } from './handle-signal.ts';
import { handleWatch } from './handle-watch.ts';
import { createSignalLedger } from './signal-ledger.ts';

/** Everything proven connections share: the directory and who is connected. */
export interface RelayCore {
  readonly directory: Directory;
  readonly history: Pick<History, 'read'>;
  readonly peerCount: number;
  /** The key of a connection is proven: it replaces an older one of the same tab. */
  join(connection: Connection, identity: PublicIdentity): void;
  leave(connection: Connection): void;
  handle(connection: Connection, message: ToRelay): Promise<void>;
  /** Passes a record of a tunnel to its other end. */
  carry(connection: Connection, record: Uint8Array): void;
  /** Open tunnels. */
  readonly tunnelCount: number;
  record(event: Omit<NetworkEvent, 'atMs'>): void;
  tick(nowMs: number): void;
  dispose(): void;
}

export function createRelayCore(options: {
  readonly now: () => number;
  readonly random: () => number;
  readonly models: ReadyModels;
  readonly relays: readonly string[];
  readonly iceServers: IceServerSource;
  readonly rations: TunnelRations | undefined;
  readonly tunnelEvents: TunnelEvents;
  readonly embedSites: Pick<EmbedSites, 'get'>;
  readonly reports: ReportDesk;
  readonly historyEveryS: number | undefined;
  onSignal(): void;
}): RelayCore {
  const { now, models, iceServers, random, relays } = options;
  const byPeer = new Map<PeerId, Connection>();
  const blockCountOf = (modelRoot: ModelRoot) => {
    const model = models.get(modelRoot);
    return model?.kind === 'blocks' ? model.blockCount : 0;
  };
  const supplies = createSupplyLedger((modelRoot) => {
    const model = models.get(modelRoot);
    const blockBytes = model?.kind === 'blocks' ? blockBytesOf(model) : 1;
    return { blockCount: blockCountOf(modelRoot), blockBytes };
  });
  const directory = createDirectory((change) => {
    supplies.take(change);
    watches.take(change);
    network.take(change);
    if (change.after === undefined) embeds.release(change.peerId);
  });
  const coverage = (modelRoot: ModelRoot) =>
    supplies.coverageOf(modelRoot, blockCountOf(modelRoot));
  const watches = createWatches({ directory, coverageOf: coverage, random, now });
  const network = createNetworkView({
    directory,
    now,
    coverageOf: coverage,
    models: () => models.list(),
    peerCount: () => byPeer.size,
  });
  const embeds = createEmbedCaps({
    siteOf: options.embedSites.get,
    isListed: (peerId) => directory.get(peerId) !== undefined,
    now,
  });
  const circles = createCircles({ random, now });
  const { historyEveryS: everyS, reports } = options;
  const history = createHistory({ directory, startMs: now(), everyS });
  const entryOf = (peerId: PeerId) =>
    (directory.get(peerId) ?? circles.directory.get(peerId))?.entry;
  const signals = createSignalLedger();
  const tunnels = createTunnelTable({
    rations: options.rations,
    events: options.tunnelEvents,
    now,
    connectionOf: (peerId) => byPeer.get(peerId),
    entryOf,
  });
  const parts: CoreParts = {
    now,
    random,
    models,
    directory,
    watches,
    network,
    supplies,
    signals,
    tunnels,
    embeds,
    circles,
    history,
    reports,
    byPeer,
    coverageOf: coverage,
    entryOf,
    onSignal: options.onSignal,
  };

  const iceRenewals = createIceRenewals<Connection>(iceServers, (connection, servers) =>
    connection.send({ type: 'ice-servers', iceServers: servers }),
  );

  const leave = (connection: Connection) => {
    iceRenewals.drop(connection);
    watches.drop(connection);
    circles.watches.drop(connection);
    network.unwatch(connection);
    tunnels.drop(connection);
    const peerId = connection.identity?.peerId;
    if (peerId === undefined || byPeer.get(peerId) !== connection) return;
    byPeer.delete(peerId);
    supplies.settle(peerId);
    embeds.release(peerId);
    signals.remove(peerId);
    directory.remove(peerId);
    circles.directory.remove(peerId);
    network.touch();
  };

  return {
    directory,
    history,
    get peerCount() {
      return byPeer.size;
    },
    join(connection, identity) {
      const { peerId } = identity;
      byPeer.get(peerId)?.end('replaced', 'This tab connected again: the newer socket stays.');
      byPeer.set(peerId, connection);
      network.touch();
      const nowMs = now();
      connection.send({
        type: 'welcome',
        peerId,
        iceServers: iceRenewals.issue(connection, nowMs),
        relays: [...relays],
        nowMs,
      });
    },
    leave,
    async handle(connection, message) {
      const { identity } = connection;
      if (identity === undefined || !connection.isOpen) return;
      await dispatch(parts, { connection, identity }, message);
    },
    carry: tunnels.carry,
    get tunnelCount() {
      return tunnels.openCount;
    },
    record: network.record,
    tick(nowMs) {
      directory.expire(nowMs);
      circles.directory.expire(nowMs);
      iceRenewals.tick(nowMs);
      watches.tick();
      circles.watches.tick();
      tunnels.tick(nowMs);
      network.tick(nowMs);
      history.tick(nowMs);
    },
    dispose() {
      watches.dispose();
      circles.watches.dispose();
    },
  };
}

async function dispatch(parts: CoreParts, peer: Proven, message: ToRelay): Promise<void> {
  const { connection } = peer;
  switch (message.type) {
    case 'hello':
    case 'prove':
      connection.strike('malformed', 'The key of this socket is proven already.');
      return;
    case 'announce':
      return handleAnnounce(parts, peer, message);
    case 'withdraw':
      parts.supplies.settle(peer.identity.peerId);
      parts.embeds.release(peer.identity.peerId);
      parts.directory.remove(peer.identity.peerId);
      parts.circles.directory.remove(peer.identity.peerId);
      return;
    case 'watch':
      handleWatch(parts, peer, message);
      return;
    case 'unwatch':
      parts.watches.unwatch(connection, message.modelRoot);
      parts.circles.watches.unwatch(connection, message.modelRoot);
      return;
    case 'watch-network':
      parts.network.watch(connection);
      return;
    case 'unwatch-network':
      parts.network.unwatch(connection);
      return;
    case 'placement-request':
      handlePlacement(parts, peer, message);
      return;
    case 'signal-to':
      handleSignal(parts, peer, message);
      return;
    case 'join-tunnel':
      parts.tunnels.join(peer, message);
      return;
    case 'leave-tunnel':
      parts.tunnels.leave(connection, message.tunnelId);
      return;
    case 'report':
      return handleReport(parts, peer, message);
    case 'tally':
      parts.history.count(peer.identity.peerId, message.tokens);
      return;
    default:
      message satisfies never;
  }
}
