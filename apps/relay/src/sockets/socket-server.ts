import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RELAY_MESSAGE_BYTES_MAX } from '@manyhands/protocol/limits';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { CLOSE_GRACE_MS, MESSAGE_FRAGMENTS_MAX } from '../limits.ts';

/** A WebSocket reduced to what the relay needs. */
export interface RelaySocket {
  /** Bytes handed over and not yet taken by the network. */
  readonly bufferedBytes: number;
  send(data: string | Uint8Array): void;
  ping(): void;
  /** Closes after what was sent; cuts the connection when the other side does not answer. */
  close(reason: SocketCloseReason): void;
  terminate(): void;
  listen(handlers: {
    onText(text: string): void;
    onBinary(bytes: Uint8Array): void;
    onPong(): void;
    /** Called once. */
    onClose(): void;
  }): void;
}

export type SocketCloseReason = 'refused' | 'going-away';
/** RFC 6455, section 7.4.1: policy violation, going away. */
const CLOSE_CODES = { refused: 1008, 'going-away': 1001 } as const;

/** Accepts an upgrade request; the callback gets the open socket. */
export type AcceptUpgrade = (
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
  onSocket: (socket: RelaySocket) => void,
) => void;

/**
 * Compression is off: it would cost memory on every socket, and sealed signalling does not compress.
 * A message over the bound or in too many fragments closes the socket with 1009 or 1008.
 */
export function createSocketServer(): AcceptUpgrade {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: RELAY_MESSAGE_BYTES_MAX,
    maxFragments: MESSAGE_FRAGMENTS_MAX,
  });
  return (request, stream, head, onSocket) => {
    server.handleUpgrade(request, stream, head, (socket) => onSocket(wrap(socket)));
  };
}

function wrap(socket: WebSocket): RelaySocket {
  const terminate = () => socket.terminate();
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send(data) {
      if (socket.readyState === socket.OPEN) socket.send(data);
    },
    ping() {
      if (socket.readyState === socket.OPEN) socket.ping();
    },
    close(reason) {
      socket.close(CLOSE_CODES[reason]);
      const timer = setTimeout(terminate, CLOSE_GRACE_MS);
      socket.once('close', () => clearTimeout(timer));
    },
    terminate,
    listen({ onText, onBinary, onPong, onClose }) {
      socket.on('message', (data, isBinary) => {
        if (isBinary) onBinary(bytesOf(data));
        else onText(textOf(data));
      });
      socket.on('pong', onPong);
      // `ws` closes the socket by itself after a protocol error; `close` follows.
      socket.on('error', () => {});
      socket.once('close', onClose);
    },
  };
}

function textOf(data: RawData): string {
  return bytesOf(data).toString('utf8');
}

function bytesOf(data: RawData): Buffer {
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
}
