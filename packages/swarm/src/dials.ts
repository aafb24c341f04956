import { ProtocolError } from '@manyhands/protocol/error';
import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import type { IceServers } from '@manyhands/protocol/relay-message';
import type { Signal } from '@manyhands/protocol/signal';
import { createDeferred, type Deferred } from './deferred.ts';
import { SwarmError } from './error.ts';
import type { Identity } from './identity.ts';
import type { Link, LinkCloseReason } from './link.ts';
import type { CreatePeerConnection } from './peer-connection.ts';
import { openWebRtcLink, type PendingLink } from './webrtc-link.ts';

/** One attempt to reach a peer, and, once it worked, the link. */
export interface Dial {
  readonly remote: PublicIdentity;
  /** Names the attempt in signals; the peer's own offer may replace ours. */
  dialId: string;
  readonly opened: Deferred<Link>;
  /** Started here, not by a signal of theirs. */
  readonly isOurs: boolean;
  pending?: PendingLink;
  link?: Link;
  cancelDeadline(): void;
}

/** The attempts and links of one transport: at most one for each peer. */
export interface Dials {
  readonly size: number;
  get(peerId: PeerId): Dial | undefined;
  /** Takes the peer's place; nothing is opened yet. */
  start(remote: PublicIdentity, dialId: string, isOurs: boolean): Dial;
  open(dial: Dial, isInitiator: boolean): void;
  end(dial: Dial, error: SwarmError, reason: LinkCloseReason): void;
  endAll(error: SwarmError): void;
}

export function createDials(options: {
  readonly identity: Identity;
  iceServers(): IceServers;
  readonly iceTransportPolicy: RTCIceTransportPolicy;
  readonly createConnection: CreatePeerConnection;
  readonly connectTimeoutMs: number;
  tell(dial: Dial, signal: Signal): void;
  onOpen(link: Link): void;
  onClosed(link: Link): void;
}): Dials {
  const { identity, iceServers, iceTransportPolicy, createConnection, connectTimeoutMs } = options;
  const dials = new Map<PeerId, Dial>();

  const end = (dial: Dial, error: SwarmError, reason: LinkCloseReason) => {
    dial.cancelDeadline();
    if (dials.get(dial.remote.peerId) === dial) dials.delete(dial.remote.peerId);
    dial.opened.reject(error);
    dial.pending?.abort(error, reason);
  };

  const start = (remote: PublicIdentity, dialId: string, isOurs: boolean): Dial => {
    const opened = createDeferred<Link>();
    // Nobody may be waiting: the peer dialled, or the waiter was aborted.
    opened.promise.catch(() => {});
    const late = () =>
      end(dial, unreachable('The peer did not answer in time; choose another.'), 'peer-gone');
    const timer = setTimeout(late, connectTimeoutMs);
    const cancelDeadline = () => clearTimeout(timer);
    const dial: Dial = { remote, dialId, opened, isOurs, cancelDeadline };
    dials.set(remote.peerId, dial);
    return dial;
  };

  const connect = (dial: Dial, isInitiator: boolean): PendingLink => {
    const { remote, dialId } = dial;
    const pending = openWebRtcLink({
      createConnection,
      isInitiator,
      iceServers,
      iceTransportPolicy,
      identity,
      remote,
      onSignal: (data) => options.tell(dial, { ...data, dialId }),
      onClosed: () => {
        if (dials.get(remote.peerId) === dial) dials.delete(remote.peerId);
        if (dial.link !== undefined) options.onClosed(dial.link);
      },
    });
    pending.opened.then(
      (link) => {
        // A goodbye may have waited behind the handshake; nobody has to hear of such a link.
        if (!link.isOpen) {
          end(dial, new SwarmError('link-closed', 'The peer left; choose another.'), 'peer-gone');
          return;
        }
        dial.cancelDeadline();
        dial.link = link;
        options.onOpen(link);
        dial.opened.resolve(link);
      },
      (error: SwarmError) => end(dial, error, 'peer-gone'),
    );
    return pending;
  };

  return {
    get size() {
      return dials.size;
    },
    get: (peerId) => dials.get(peerId),
    start,
    open(dial, isInitiator) {
      try {
        dial.pending = connect(dial, isInitiator);
      } catch (error) {
        const known = error instanceof SwarmError ? error : undefined;
        end(dial, known ?? unreachable('The browser made no connection.', error), 'peer-gone');
      }
    },
    end,
    endAll(error) {
      for (const dial of [...dials.values()]) end(dial, error, 'closed-locally');
    },
  };
}

export function unreachable(message: string, cause?: unknown): SwarmError {
  const detail = cause instanceof ProtocolError ? ` ${cause.message}` : '';
  return new SwarmError('peer-unreachable', message + detail, { cause });
}
