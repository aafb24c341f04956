import { ProtocolError } from '@manyhands/protocol/error';
import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import {
  RELAY_BUFFERED_BYTES_MAX,
  RELAY_BUFFERED_BYTES_SLOW,
  RELAY_HANDSHAKE_TIMEOUT_MS,
  RELAY_PING_INTERVAL_MS,
} from '@manyhands/protocol/limits';
import { type FromRelay, parseToRelay, type ToRelay } from '@manyhands/protocol/relay-message';
import { inVersion, isSpoken, type VersionRange } from '@manyhands/protocol/version';
import type { Subscriber } from '../directory/watches.ts';
import { MALFORMED_MAX, PINGS_UNANSWERED_MAX } from '../limits.ts';
import { createHandshake, type RefusalCode } from './handshake.ts';
import { createInbox } from './inbox.ts';
import type { RelaySocket } from './socket-server.ts';

/** Every text and every record that crosses a socket, for tests of what the relay can see. */
export type TrafficTap = (direction: 'in' | 'out', data: string | Uint8Array) => void;

/** One socket from its opening to its end. */
export interface Connection extends Subscriber {
  /** The page is one of the operator's own: it may offer compute. */
  readonly mayServe: boolean;
  /** Tells addresses apart while the relay runs, and says nothing else about them. */
  readonly addressKey: string;
  /** The site whose page embeds the frame this socket belongs to. */
  readonly embedKey: string | undefined;
  /** Known once the key is proven. */
  readonly identity: PublicIdentity | undefined;
  readonly isOpen: boolean;
  /** Passes on a record of a tunnel as it came. */
  sendRecord(record: Uint8Array): void;
  /** Says why something was not done and goes on. */
  refuse(code: RefusalCode, message: string, peerId?: PeerId): void;
  /** Says why the socket closes and closes it. */
  end(code: RefusalCode, message: string): void;
  /** Counts towards closing: a peer that keeps sending nonsense has no place here. */
  strike(code: 'malformed' | 'bad-signature', message: string): void;
  tick(nowMs: number): void;
}

export interface ConnectionHandlers {
  onProven(connection: Connection, identity: PublicIdentity): void;
  onMessage(connection: Connection, message: ToRelay): Promise<void>;
  onRecord(connection: Connection, record: Uint8Array): void;
  /** Called once, at once when the socket is told to close. */
  onEnd(connection: Connection): void;
  onRefused(code: RefusalCode): void;
  /** A bug of ours: the socket is closed and the relay goes on. */
  onFault(error: unknown): void;
}

export function createConnection(
  socket: RelaySocket,
  options: {
    readonly origin: string;
    readonly mayServe: boolean;
    readonly addressKey: string;
    readonly embedKey: string | undefined;
    readonly relayId: string;
    readonly versions?: VersionRange | undefined;
    readonly now: () => number;
    readonly tap: TrafficTap | undefined;
  },
  handlers: ConnectionHandlers,
): Connection {
  const { now, tap } = options;
  const handshake = createHandshake(options);
  const openedAtMs = now();
  let phase: 'handshake' | 'open' | 'ended' = 'handshake';
  let identity: PublicIdentity | undefined;
  let version = 0;
  let malformedCount = 0;
  let pingedAtMs = openedAtMs;
  let unansweredPings = 0;

  const finish = () => {
    if (phase === 'ended') return;
    phase = 'ended';
    inbox.close();
    handlers.onEnd(connection);
  };
  const transmitData = (data: string | Uint8Array) => {
    tap?.('out', data);
    socket.send(data);
  };
  const transmit = (message: FromRelay) => transmitData(JSON.stringify(message));
  const end = (code: RefusalCode, message: string) => {
    if (phase === 'ended') return;
    handlers.onRefused(code);
    transmit({ type: 'refused', code, message, fatal: true });
    finish();
    socket.close(code === 'shutting-down' ? 'going-away' : 'refused');
  };
  const refuse = (code: RefusalCode, message: string, peerId?: PeerId) => {
    if (phase === 'ended') return;
    handlers.onRefused(code);
    const about = peerId === undefined ? {} : { peerId };
    send({ type: 'refused', code, message, fatal: false, ...about });
  };
  const sendData = (data: string | Uint8Array) => {
    if (phase === 'ended') return;
    if (socket.bufferedBytes > RELAY_BUFFERED_BYTES_MAX) {
      end('too-slow', 'This tab reads more slowly than the directory changes: reconnect.');
      return;
    }
    transmitData(data);
  };
  const send = (message: FromRelay) => sendData(JSON.stringify(inVersion(message, version)));
  const strike = (code: 'malformed' | 'bad-signature', message: string) => {
    malformedCount += 1;
    if (phase === 'handshake' || malformedCount >= MALFORMED_MAX) end(code, message);
    else refuse(code, message);
  };

  const greet = async (message: ToRelay) => {
    const step = await handshake.take(message);
    if (phase !== 'handshake') return;
    if (step.type === 'challenge') transmit(step.challenge);
    else if (step.type === 'refused') end(step.code, step.message);
    else {
      phase = 'open';
      ({ identity, version } = step);
      handlers.onProven(connection, step.identity);
    }
  };
  const handle = async (text: string) => {
    try {
      const message = parseToRelay(text);
      if (phase === 'handshake') await greet(message);
      else if (!isSpoken(message.type, version)) {
        strike('malformed', `Version ${version} has no ${message.type}: reload the page.`);
      } else await handlers.onMessage(connection, message);
    } catch (error) {
      if (error instanceof ProtocolError) {
        strike('malformed', error.message);
        return;
      }
      handlers.onFault(error);
      end('malformed', 'The relay could not handle a message: reconnect.');
    }
  };
  const inbox = createInbox({ now, handle });

  const connection: Connection = {
    mayServe: options.mayServe,
    addressKey: options.addressKey,
    embedKey: options.embedKey,
    get identity() {
      return identity;
    },
    get isOpen() {
      return phase === 'open';
    },
    get isSlow() {
      return socket.bufferedBytes > RELAY_BUFFERED_BYTES_SLOW;
    },
    send,
    sendRecord: sendData,
    refuse,
    end,
    strike,
    tick(nowMs) {
      inbox.pump();
      if (phase === 'handshake' && nowMs - openedAtMs >= RELAY_HANDSHAKE_TIMEOUT_MS) {
        end('handshake-timeout', 'The key was not proven in time: reconnect.');
      }
      if (phase !== 'open') return;
      if (socket.bufferedBytes > RELAY_BUFFERED_BYTES_MAX) {
        end('too-slow', 'This tab reads more slowly than the directory changes: reconnect.');
        return;
      }
      if (nowMs - pingedAtMs < RELAY_PING_INTERVAL_MS) return;
      pingedAtMs = nowMs;
      unansweredPings += 1;
      if (unansweredPings > PINGS_UNANSWERED_MAX) {
        finish();
        socket.terminate();
      } else socket.ping();
    },
  };
  socket.listen({
    onText(text) {
      if (phase === 'ended') return;
      tap?.('in', text);
      if (!inbox.push(text)) {
        end('too-fast', 'Too many messages: wait before reconnecting.');
      }
    },
    onBinary(bytes) {
      if (phase === 'ended') return;
      tap?.('in', bytes);
      if (phase === 'open') handlers.onRecord(connection, bytes);
      else strike('malformed', 'The first messages of a socket are text.');
    },
    onPong() {
      unansweredPings = 0;
    },
    onClose: finish,
  });
  return connection;
}
