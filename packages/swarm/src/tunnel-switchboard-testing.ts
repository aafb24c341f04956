import type { PeerId, PublicIdentity, TunnelId } from '@manyhands/protocol/id';
import { TUNNEL_WINDOW_BYTES } from '@manyhands/protocol/limits';
import type { FromRelay, ToRelay, TunnelClosing } from '@manyhands/protocol/relay-message';
import { decodeRecord } from '@manyhands/protocol/tunnel-record';
import type { Signaling } from './signaling.ts';
import { createTunnels, type TunnelTable } from './tunnels.ts';

/** A record on its way, as the relay holds it in its hands. */
export interface PassingRecord {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly record: Uint8Array<ArrayBuffer>;
}
/** What is delivered instead of a record; `undefined` leaves it as it is. */
export type Meddle = (passing: PassingRecord) => readonly PassingRecord[] | undefined;

export interface Seat {
  readonly identity: PublicIdentity;
  readonly tunnels: TunnelTable;
  onSignal(from: PublicIdentity, sealed: string): void;
}

/** For tests: a relay inside the program that carries signals and records, and may misbehave. */
export function createTunnelSwitchboard() {
  const seats = new Map<PeerId, Seat>();
  const tunnels = new Map<TunnelId, { joined: PeerId[]; ends: PeerId[] }>();
  const records: PassingRecord[] = [];
  const signals: { readonly from: PeerId; readonly to: PeerId; readonly sealed: string }[] = [];
  const board = {
    records,
    signals,
    seats,
    /** Called for each record; delivers what it returns. */
    meddle: (() => undefined) as Meddle,
    /** Grants as much as was sent, at once. Otherwise `grant` does. */
    isGranting: true,
    creditBytes: TUNNEL_WINDOW_BYTES,
    /** Why nobody may join. */
    refusal: undefined as TunnelClosing | undefined,
    grant(to: PeerId, bytes: number) {
      for (const [tunnelId, { ends }] of tunnels) {
        if (ends.includes(to)) say(to, { type: 'tunnel-credit', tunnelId, bytes });
      }
    },
    deliver({ to, record }: PassingRecord) {
      // A copy, as over a wire; in a later task, as from a socket.
      const copy = record.slice();
      setTimeout(() => seats.get(to)?.tunnels.takeRecord(copy));
    },
    close(reason: TunnelClosing) {
      for (const [tunnelId, { ends }] of tunnels) {
        for (const end of ends) say(end, closed(tunnelId, reason));
      }
      tunnels.clear();
    },
    join: (identity: PublicIdentity) => join(identity),
  };

  const say = (to: PeerId, message: FromRelay) => {
    setTimeout(() => seats.get(to)?.tunnels.take(message));
  };
  const hear = (from: PeerId, message: ToRelay): boolean => {
    if (message.type === 'join-tunnel') {
      const { tunnelId } = message;
      if (board.refusal !== undefined) {
        say(from, closed(tunnelId, board.refusal));
        return true;
      }
      const tunnel = tunnels.get(tunnelId) ?? { joined: [], ends: [from, message.peerId] };
      tunnels.set(tunnelId, tunnel);
      tunnel.joined.push(from);
      if (tunnel.joined.length < 2) return true;
      const { creditBytes } = board;
      for (const end of tunnel.ends) say(end, { type: 'tunnel-open', tunnelId, creditBytes });
    } else if (message.type === 'leave-tunnel') {
      const tunnel = tunnels.get(message.tunnelId);
      tunnels.delete(message.tunnelId);
      for (const end of tunnel?.ends ?? []) {
        if (end !== from) say(end, closed(message.tunnelId, 'peer-gone'));
      }
    }
    return true;
  };
  const carry = (from: PeerId, record: Uint8Array<ArrayBuffer>) => {
    const { tunnelId } = decodeRecord(record);
    const to = tunnels.get(tunnelId)?.ends.find((end) => end !== from);
    if (to === undefined) return;
    const passing = { from, to, record: record.slice() };
    records.push(passing);
    for (const each of board.meddle(passing) ?? [passing]) board.deliver(each);
    if (board.isGranting) say(from, { type: 'tunnel-credit', tunnelId, bytes: record.length });
  };

  const join = (identity: PublicIdentity): { signaling: Signaling; tunnels: TunnelTable } => {
    const { peerId } = identity;
    const table = createTunnels({
      send: (message) => hear(peerId, message),
      sendRecord: (record) => carry(peerId, record),
    });
    const seat: Seat = { identity, tunnels: table, onSignal: () => {} };
    seats.set(peerId, seat);
    const signaling: Signaling = {
      signalTo(to, sealed) {
        signals.push({ from: peerId, to, sealed });
        setTimeout(() => seats.get(to)?.onSignal(identity, sealed));
      },
      onSignal(handler) {
        seat.onSignal = handler;
        return () => {
          seat.onSignal = () => {};
        };
      },
      onUnreachable: () => () => {},
      identityOf: (other) => seats.get(other)?.identity,
    };
    return { signaling, tunnels: table };
  };
  return board;
}

function closed(tunnelId: TunnelId, code: TunnelClosing): FromRelay {
  return { type: 'tunnel-closed', tunnelId, code, message: `closed: ${code}` };
}

/** The record with one bit changed. */
export function flipped(record: Uint8Array<ArrayBuffer>, bit: number): Uint8Array<ArrayBuffer> {
  const changed = record.slice();
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}
