import { ProtocolError } from '@manyhands/protocol/error';
import type { PeerId, TunnelId } from '@manyhands/protocol/id';
import type { FromRelay, FromRelayOf, ToRelay } from '@manyhands/protocol/relay-message';
import { decodeRecord, encodeRecord } from '@manyhands/protocol/tunnel-record';
import { SwarmError } from './error.ts';

export interface TunnelHandlers {
  /** Both ends have joined: what is sent now arrives. */
  onOpen(): void;
  onRecord(sealed: Uint8Array<ArrayBuffer>): void;
  /** More may be sent. */
  onCredit(): void;
  /** Called once, unless left here. */
  onClose(error: SwarmError): void;
}

/** One end of a pipe for sealed records through the relay. */
export interface Tunnel {
  /** Bytes of records, ids included, that the relay takes now. */
  readonly creditBytes: number;
  /** Spends credit; whoever sends more than there is loses the tunnel. */
  send(sealed: Uint8Array<ArrayBuffer>): void;
  leave(): void;
}

export interface Tunnels {
  /** Meets a peer that joins the same tunnel. Throws `SwarmError` `relay-unreachable`, `over-limit`. */
  join(peerId: PeerId, tunnelId: TunnelId, handlers: TunnelHandlers): Tunnel;
}

/** The tunnels of one tab, and what the relay says about them. */
export interface TunnelTable extends Tunnels {
  take(message: FromRelay): void;
  takeRecord(record: Uint8Array<ArrayBuffer>): void;
  /** The relay is gone, and with it everything that went through it. */
  closeAll(error: SwarmError): void;
}

interface End extends TunnelHandlers {
  creditBytes: number;
}

export function createTunnels(relay: {
  /** False when the relay is out of reach. */
  send(message: ToRelay): boolean;
  sendRecord(record: Uint8Array<ArrayBuffer>): void;
}): TunnelTable {
  const ends = new Map<TunnelId, End>();

  return {
    join(peerId, tunnelId, handlers) {
      if (!relay.send({ type: 'join-tunnel', tunnelId, peerId })) {
        throw new SwarmError('relay-unreachable', 'The relay cannot be reached now; try again.');
      }
      const end: End = { ...handlers, creditBytes: 0 };
      ends.set(tunnelId, end);
      const isJoined = () => ends.get(tunnelId) === end;
      return {
        get creditBytes() {
          return end.creditBytes;
        },
        send(sealed) {
          if (!isJoined()) return;
          const record = encodeRecord(tunnelId, sealed);
          end.creditBytes -= record.length;
          relay.sendRecord(record);
        },
        leave() {
          if (!isJoined()) return;
          ends.delete(tunnelId);
          try {
            relay.send({ type: 'leave-tunnel', tunnelId });
          } catch (error) {
            // Too much waits for the relay; it closes what nobody uses.
            if (!(error instanceof SwarmError)) throw error;
          }
        },
      };
    },
    take(message) {
      if (message.type === 'tunnel-open') {
        const end = ends.get(message.tunnelId);
        if (end === undefined) return;
        end.creditBytes += message.creditBytes;
        end.onOpen();
      } else if (message.type === 'tunnel-credit') {
        const end = ends.get(message.tunnelId);
        if (end === undefined) return;
        end.creditBytes += message.bytes;
        end.onCredit();
      } else if (message.type === 'tunnel-closed') {
        const end = ends.get(message.tunnelId);
        ends.delete(message.tunnelId);
        end?.onClose(closingOf(message));
      }
    },
    takeRecord(record) {
      try {
        const { tunnelId, sealed } = decodeRecord(record);
        // One that was left here may still have records on their way.
        ends.get(tunnelId)?.onRecord(sealed);
      } catch (error) {
        // No record of ours; the one that is missing shows where it was meant to go.
        if (!(error instanceof ProtocolError)) throw error;
      }
    },
    closeAll(error) {
      const closed = [...ends.values()];
      ends.clear();
      for (const end of closed) end.onClose(error);
    },
  };
}

/** The relay's reason as an error of this tab. */
function closingOf({ code, message }: FromRelayOf<'tunnel-closed'>): SwarmError {
  const isRation = code === 'over-ration' || code === 'off';
  return new SwarmError(isRation ? 'over-ration' : 'peer-unreachable', message);
}
