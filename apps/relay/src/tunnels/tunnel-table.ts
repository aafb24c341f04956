import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { ProtocolError } from '@manyhands/protocol/error';
import type { PeerId, TunnelId } from '@manyhands/protocol/id';
import {
  TUNNEL_IDLE_TIMEOUT_MS,
  TUNNEL_JOIN_TIMEOUT_MS,
  TUNNEL_WINDOW_BYTES,
  TUNNELS_PER_PEER_MAX,
} from '@manyhands/protocol/limits';
import type { ToRelay, TunnelClosing } from '@manyhands/protocol/relay-message';
import { decodeRecord } from '@manyhands/protocol/tunnel-record';
import {
  RATION_PRUNE_MS,
  TUNNEL_GRANT_BYTES_MIN,
  TUNNELS_MAX,
  TUNNELS_PER_ADDRESS_KEPT,
} from '../limits.ts';
import type { Connection } from '../sockets/connection.ts';
import type { Proven } from '../sockets/core-parts.ts';
import { type Accounts, createRationing, type TunnelRations } from './ration.ts';
import { CLOSINGS } from './tunnel-closings.ts';

/** For counting; nothing in them names a peer. */
export interface TunnelEvents {
  onOpened(): void;
  onClosed(code: TunnelClosing): void;
  onCarried(bytes: number): void;
}

/**
 * Tunnels between two peers who both asked for the same one, of whom one serves. Records pass as they
 * came; a sender may only have under way what was granted, and grants come out of rations.
 */
export interface TunnelTable {
  readonly openCount: number;
  join(peer: Proven, message: ToRelay & { type: 'join-tunnel' }): void;
  leave(connection: Connection, tunnelId: TunnelId): void;
  carry(connection: Connection, record: Uint8Array): void;
  /** The socket is gone, and its tunnels with it. */
  drop(connection: Connection): void;
  tick(nowMs: number): void;
}

/** One direction: what may still be sent, and what was passed on and not granted anew. */
interface Direction {
  readonly tunnelId: TunnelId;
  readonly from: Connection;
  readonly to: Connection;
  creditBytes: number;
  owedBytes: number;
}

interface Tunnel {
  readonly tunnelId: TunnelId;
  readonly asker: Connection;
  readonly peerIds: readonly [PeerId, PeerId];
  readonly askedAtMs: number;
  /** Once the other peer joined too. */
  open?: { readonly directions: readonly [Direction, Direction]; readonly accounts: Accounts };
  usedAtMs: number;
}

export function createTunnelTable(options: {
  readonly rations: TunnelRations | undefined;
  readonly events: TunnelEvents;
  readonly now: () => number;
  connectionOf(peerId: PeerId): Connection | undefined;
  /** What a peer announces, if it is in the directory. */
  entryOf(peerId: PeerId): DirectoryEntry | undefined;
}): TunnelTable {
  const { rations, events, now, connectionOf, entryOf } = options;
  const rationing = rations === undefined ? undefined : createRationing(rations);
  const tunnels = new Map<TunnelId, Tunnel>();
  /** Directions that wait for their ration or for a slow reader, longest first. */
  const waiting = new Set<Direction>();
  /** What may still be on its way for tunnels that were closed here meanwhile. */
  const strayBytes = new WeakMap<Connection, number>();
  let prunedAtMs = now();

  const tell = (connection: Connection, tunnelId: TunnelId, code: TunnelClosing) =>
    connection.send({ type: 'tunnel-closed', tunnelId, code, message: CLOSINGS[code] });
  const endsOf = (tunnel: Tunnel): Connection[] =>
    tunnel.open?.directions.map(({ from }) => from) ?? [tunnel.asker];
  const close = (tunnel: Tunnel, code: TunnelClosing, except?: Connection) => {
    tunnels.delete(tunnel.tunnelId);
    events.onClosed(code);
    for (const direction of tunnel.open?.directions ?? []) {
      const { from, creditBytes } = direction;
      waiting.delete(direction);
      strayBytes.set(from, (strayBytes.get(from) ?? 0) + creditBytes);
      // An hour that is used up stays so: the rest of a window would open a tunnel for a moment.
      if (tunnel.open !== undefined && code !== 'over-ration') {
        rationing?.giveBack(tunnel.open.accounts, creditBytes);
      }
    }
    for (const end of endsOf(tunnel)) if (end !== except) tell(end, tunnel.tunnelId, code);
  };
  const countOf = (connection: Connection): number => {
    let count = 0;
    for (const tunnel of tunnels.values()) if (endsOf(tunnel).includes(connection)) count += 1;
    return count;
  };

  const grant = (tunnel: Tunnel, direction: Direction, nowMs: number) => {
    const { from, to, owedBytes } = direction;
    if (tunnel.open === undefined || rationing === undefined) return;
    if (owedBytes < TUNNEL_GRANT_BYTES_MIN) return;
    waiting.delete(direction);
    // The sender waits with the slowest reader: nothing piles up here.
    const bytes = to.isSlow ? 0 : rationing.take(tunnel.open.accounts, owedBytes, nowMs);
    direction.owedBytes -= bytes;
    direction.creditBytes += bytes;
    if (bytes > 0) from.send({ type: 'tunnel-credit', tunnelId: tunnel.tunnelId, bytes });
    if (direction.owedBytes < TUNNEL_GRANT_BYTES_MIN) return;
    if (rationing.isSpent(tunnel.open.accounts, nowMs)) close(tunnel, 'over-ration');
    else waiting.add(direction);
  };

  const open = (tunnel: Tunnel, joiner: Connection) => {
    const nowMs = now();
    const { asker, tunnelId } = tunnel;
    const [askerId, joinerId] = tunnel.peerIds;
    const accounts = rationing?.open(
      [
        { peerId: askerId, addressKey: asker.addressKey },
        { peerId: joinerId, addressKey: joiner.addressKey },
      ],
      nowMs,
    );
    const isSpent = accounts !== undefined && rationing?.isSpent(accounts, nowMs) === true;
    if (rationing === undefined || accounts === undefined || isSpent) {
      close(tunnel, isSpent ? 'over-ration' : 'too-many-tunnels');
      tell(joiner, tunnelId, isSpent ? 'over-ration' : 'too-many-tunnels');
      return;
    }
    const directionTo = (from: Connection, to: Connection): Direction => {
      const creditBytes = rationing.take(accounts, TUNNEL_WINDOW_BYTES, nowMs);
      return { tunnelId, from, to, creditBytes, owedBytes: TUNNEL_WINDOW_BYTES - creditBytes };
    };
    // Two peers need one: they lost the one before.
    const before = [...tunnels.values()].find(
      (each) => each.open !== undefined && isSamePair(each.peerIds, tunnel.peerIds),
    );
    if (before !== undefined) close(before, 'peer-gone');
    const directions = [directionTo(asker, joiner), directionTo(joiner, asker)] as const;
    tunnel.open = { directions, accounts };
    tunnel.usedAtMs = nowMs;
    events.onOpened();
    for (const { from, creditBytes } of directions) {
      from.send({ type: 'tunnel-open', tunnelId, creditBytes });
    }
    for (const direction of directions) grant(tunnel, direction, nowMs);
  };

  /** No place for one more that this connection asks for: a few addresses cannot take every place. */
  const isFullFor = ({ addressKey }: Connection): boolean => {
    if (tunnels.size < TUNNELS_MAX / 2) return false;
    if (tunnels.size >= TUNNELS_MAX) return true;
    const asked = [...tunnels.values()].filter(({ asker }) => asker.addressKey === addressKey);
    return asked.length >= TUNNELS_PER_ADDRESS_KEPT;
  };

  const refusalOf = (connection: Connection, own: PeerId, other: PeerId, isNew: boolean) => {
    const target = connectionOf(other);
    if (rationing === undefined) return 'off';
    if (target === undefined || target === connection) return 'unreachable';
    const holds = (peerId: PeerId) => (entryOf(peerId)?.holdings.length ?? 0) > 0;
    if (!holds(own) && !holds(other)) return 'not-serving';
    if (countOf(connection) >= TUNNELS_PER_PEER_MAX) return 'too-many-tunnels';
    return isNew && isFullFor(connection) ? 'too-many-tunnels' : undefined;
  };

  return {
    get openCount() {
      return [...tunnels.values()].filter((tunnel) => tunnel.open !== undefined).length;
    },
    join({ connection, identity }, { tunnelId, peerId }) {
      const asked = tunnels.get(tunnelId);
      const own = identity.peerId;
      const refusal = refusalOf(connection, own, peerId, asked === undefined);
      if (refusal !== undefined) {
        events.onClosed(refusal);
        tell(connection, tunnelId, refusal);
      } else if (asked === undefined) {
        const nowMs = now();
        tunnels.set(tunnelId, {
          tunnelId,
          asker: connection,
          peerIds: [own, peerId],
          askedAtMs: nowMs,
          usedAtMs: nowMs,
        });
      } else if (
        asked.open === undefined &&
        asked.asker === connectionOf(peerId) &&
        asked.peerIds[1] === own
      ) {
        open(asked, connection);
      } else {
        // The id of somebody else's tunnel: as if there were none.
        events.onClosed('unreachable');
        tell(connection, tunnelId, 'unreachable');
      }
    },
    leave(connection, tunnelId) {
      const tunnel = tunnels.get(tunnelId);
      if (tunnel !== undefined && endsOf(tunnel).includes(connection)) {
        close(tunnel, 'peer-gone', connection);
      }
    },
    carry(connection, record) {
      let tunnel: Tunnel | undefined;
      try {
        tunnel = tunnels.get(decodeRecord(record).tunnelId);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        connection.strike('malformed', error.message);
        return;
      }
      const direction = tunnel?.open?.directions.find(({ from }) => from === connection);
      if (tunnel === undefined || direction === undefined) {
        const left = (strayBytes.get(connection) ?? 0) - record.length;
        strayBytes.set(connection, left);
        if (left < 0) connection.end('over-limit', 'Records of no tunnel: reload the page.');
        return;
      }
      if (record.length > direction.creditBytes) {
        close(tunnel, 'over-limit');
        return;
      }
      const nowMs = now();
      tunnel.usedAtMs = nowMs;
      direction.creditBytes -= record.length;
      direction.owedBytes += record.length;
      events.onCarried(record.length);
      direction.to.sendRecord(record);
      // Who waits already gets its turn with the next tick.
      if (!waiting.has(direction)) grant(tunnel, direction, nowMs);
    },
    drop(connection) {
      for (const tunnel of [...tunnels.values()]) {
        if (endsOf(tunnel).includes(connection)) close(tunnel, 'peer-gone', connection);
      }
    },
    tick(nowMs) {
      for (const direction of [...waiting]) {
        const tunnel = tunnels.get(direction.tunnelId);
        if (tunnel !== undefined) grant(tunnel, direction, nowMs);
      }
      for (const tunnel of [...tunnels.values()]) {
        const isListed = tunnel.peerIds.some((peerId) => entryOf(peerId) !== undefined);
        const code = isListed ? expiryOf(tunnel, nowMs) : 'not-serving';
        if (code !== undefined) close(tunnel, code);
      }
      if (nowMs - prunedAtMs < RATION_PRUNE_MS) return;
      prunedAtMs = nowMs;
      rationing?.prune(nowMs);
    },
  };
}

/** Why a tunnel has had its time. */
function expiryOf(tunnel: Tunnel, nowMs: number): TunnelClosing | undefined {
  if (tunnel.open === undefined) {
    return nowMs - tunnel.askedAtMs > TUNNEL_JOIN_TIMEOUT_MS ? 'not-joined' : undefined;
  }
  return nowMs - tunnel.usedAtMs > TUNNEL_IDLE_TIMEOUT_MS ? 'idle' : undefined;
}

function isSamePair(a: readonly [PeerId, PeerId], b: readonly [PeerId, PeerId]): boolean {
  return (a[0] === b[0] && a[1] === b[1]) || (a[0] === b[1] && a[1] === b[0]);
}
