import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { VersionRange } from '@manyhands/protocol/version';
import { embedKeyOf } from '../embed/embed-key.ts';
import type { EmbedSites } from '../embed/embed-sites.ts';
import { ASKING_SOCKETS_MAX } from '../limits.ts';
import { clientAddress } from './client-address.ts';
import { type Connection, createConnection, type TrafficTap } from './connection.ts';
import { mayAsk, mayServe, type OriginPolicy } from './origin-policy.ts';
import type { RelayCore } from './relay-core.ts';
import { createSocketCounter } from './socket-counter.ts';
import { createSocketServer } from './socket-server.ts';

/** Lets sockets in, counts them, and keeps their time. */
export interface SocketGate {
  readonly socketCount: number;
  accept(request: IncomingMessage, stream: Duplex, head: Buffer): void;
  tick(nowMs: number): void;
  /** Closes the sockets of frames whose site may not embed any more. */
  endRevoked(): void;
  /** Tells every socket that the relay stops; lets nobody in any more. */
  close(): void;
  /** Resolves when every socket is gone. */
  closed(): Promise<void>;
}

export interface SocketGateOptions {
  readonly relayId: string;
  readonly versions?: VersionRange | undefined;
  readonly core: RelayCore;
  readonly now: () => number;
  readonly tap: TrafficTap | undefined;
  readonly originPolicy: OriginPolicy;
  readonly trustedProxyHops: number;
  readonly socketsPerAddressMax: number | undefined;
  readonly embedSites: Pick<EmbedSites, 'get'>;
  readonly askingSocketsMax: number | undefined;
  onMessage(type: string): void;
  onRefused(code: string): void;
  onFault(error: unknown): void;
}

export function createSocketGate(options: SocketGateOptions): SocketGate {
  const { core, originPolicy, trustedProxyHops, embedSites } = options;
  const { askingSocketsMax = ASKING_SOCKETS_MAX } = options;
  const counter = createSocketCounter(options.socketsPerAddressMax);
  const acceptUpgrade = createSocketServer();
  const connections = new Set<Connection>();
  const secret = randomBytes(32);
  /** Of those that may not serve. */
  let askingCount = 0;
  let isClosing = false;
  let onEmpty = () => {};

  const handlers = {
    onProven: core.join,
    onMessage(connection: Connection, message: Parameters<RelayCore['handle']>[1]) {
      options.onMessage(message.type);
      return core.handle(connection, message);
    },
    onRecord: core.carry,
    onEnd(connection: Connection) {
      connections.delete(connection);
      // Tabs that lose this relay at the same moment must not hear of each other as gone: links and
      // answers outlive a restart.
      if (!isClosing) core.leave(connection);
    },
    onRefused: options.onRefused,
    onFault: options.onFault,
  };

  const endIfRevoked = (connection: Connection) => {
    const { embedKey } = connection;
    if (embedKey === undefined || embedSites.get(embedKey) !== undefined) return;
    connection.end('embed-refused', 'The operator does not let this site embed Manyhands now.');
  };

  return {
    get socketCount() {
      return counter.total;
    },
    accept(request, stream, head) {
      const { origin = '', host } = request.headers;
      const forwardedFor = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
      const address = clientAddress(request.socket.remoteAddress, forwardedFor, trustedProxyHops);
      const admission = counter.admit(address);
      if (admission === 'drop' || isClosing) {
        if (admission !== 'drop') counter.release(address);
        refuseUpgrade(stream, isClosing ? '503 Service Unavailable' : '429 Too Many Requests');
        return;
      }
      // A stream closes exactly once, whether or not the upgrade went through.
      stream.once('close', () => {
        counter.release(address);
        if (counter.total === 0) onEmpty();
      });
      acceptUpgrade(request, stream, head, (socket) => {
        const isVolunteers = mayServe(origin, host, originPolicy);
        if (!isVolunteers) {
          askingCount += 1;
          stream.once('close', () => {
            askingCount -= 1;
          });
        }
        // Rations outlive a socket; the address itself does not.
        const addressKey = createHmac('sha256', secret).update(address).digest('base64url');
        const connection = createConnection(
          socket,
          {
            ...options,
            origin,
            mayServe: isVolunteers,
            addressKey,
            embedKey: embedKeyOf(request.url),
          },
          handlers,
        );
        connections.add(connection);
        endIfRevoked(connection);
        if (admission === 'refuse') {
          connection.end('too-many-sockets', 'Too many tabs from this address: close some.');
        } else if (isClosing) connection.end('shutting-down', SHUTTING_DOWN);
        else if (!mayAsk(origin, host, originPolicy)) {
          connection.end('bad-origin', 'This relay answers pages of certain sites only.');
        } else if (!isVolunteers && askingCount > askingSocketsMax) {
          connection.end('too-many-sockets', 'Too many pages of other sites ask here: wait.');
        }
      });
    },
    tick(nowMs) {
      for (const connection of connections) connection.tick(nowMs);
    },
    endRevoked() {
      for (const connection of [...connections]) endIfRevoked(connection);
    },
    close() {
      isClosing = true;
      for (const connection of connections) connection.end('shutting-down', SHUTTING_DOWN);
    },
    closed() {
      return new Promise((resolve) => {
        onEmpty = resolve;
        if (counter.total === 0) resolve();
      });
    },
  };
}

const SHUTTING_DOWN = 'The relay is restarting: this tab connects again by itself.';

/** Answers an upgrade request with an error status. */
export function refuseUpgrade(stream: Duplex, status: string): void {
  // The other side may be gone already: there is nobody to tell.
  stream.on('error', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
}
