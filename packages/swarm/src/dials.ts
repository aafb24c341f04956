import { ProtocolError } from '@manyhands/protocol/error';
import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import type { IceServers } from '@manyhands/protocol/relay-message';
import type { Signal } from '@manyhands/protocol/signal';
import type { LinkMembership } from './circle.ts';
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
  /** The way that is tried; a dial that began directly may go on through the relay. */
  path: 'direct' | 'relay';
  /** A direct attempt failed, or took too long. */
  hadNoDirect: boolean;
  pending: PendingLink | undefined;
  link?: Link;
  cancelDeadline(): void;
  cancelDirectDeadline(): void;
}

/** The attempts and links of one transport: at most one for each peer. */
export interface Dials {
  readonly size: number;
  get(peerId: PeerId): Dial | undefined;
  all(): readonly Dial[];
  /** Takes the peer's place; nothing is opened yet. */
  start(remote: PublicIdentity, dialId: string, isOurs: boolean): Dial;
  open(dial: Dial, isInitiator: boolean): void;
  /** From now on through the relay: gives up what was tried directly. */
  leaveDirect(dial: Dial): void;
  end(dial: Dial, error: SwarmError, reason: LinkCloseReason): void;
  endAll(error: SwarmError): void;
}

export function createDials(options: {
  readonly identity: Identity;
  readonly membership: LinkMembership | undefined;
  iceServers(): IceServers;
  readonly iceTransportPolicy: RTCIceTransportPolicy;
  /** Makes connections of the dial's path. */
  createConnection(dial: Dial): CreatePeerConnection;
  readonly connectTimeoutMs: number;
  readonly directTimeoutMs: number;
  /** No direct path leads there, or none in time. Returns whether another way is tried. */
  onNoDirect(dial: Dial): boolean;
  tell(dial: Dial, signal: Signal): void;
  onOpen(link: Link, dial: Dial): void;
  onClosed(link: Link): void;
}): Dials {
  const { identity, iceServers, iceTransportPolicy, connectTimeoutMs, directTimeoutMs } = options;
  const dials = new Map<PeerId, Dial>();

  const end = (dial: Dial, error: SwarmError, reason: LinkCloseReason) => {
    dial.cancelDeadline();
    dial.cancelDirectDeadline();
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
    const noDirect = () => {
      if (dial.path === 'direct' && dial.link === undefined) options.onNoDirect(dial);
    };
    const directTimer = setTimeout(noDirect, directTimeoutMs);
    const dial: Dial = {
      remote,
      dialId,
      opened,
      isOurs,
      path: 'direct',
      hadNoDirect: false,
      pending: undefined,
      cancelDeadline,
      cancelDirectDeadline: () => clearTimeout(directTimer),
    };
    dials.set(remote.peerId, dial);
    return dial;
  };

  /** A path that is not there is no reason to give up; a peer that is not who it should be is one. */
  const goesOn = (dial: Dial, error: SwarmError): boolean =>
    dial.path === 'direct' &&
    (error.code === 'peer-unreachable' || error.code === 'webrtc-unavailable') &&
    options.onNoDirect(dial);

  const connect = (dial: Dial, isInitiator: boolean): PendingLink => {
    const { remote, dialId } = dial;
    const isCurrent = () => dial.pending === pending;
    const pending: PendingLink = openWebRtcLink({
      createConnection: options.createConnection(dial),
      isInitiator,
      iceServers,
      iceTransportPolicy,
      identity,
      remote,
      membership: options.membership,
      onSignal: (data) => options.tell(dial, { ...data, dialId }),
      onClosed: () => {
        // An attempt that another took the place of, or that the promise below decides about.
        if (dial.link === undefined) return;
        if (dials.get(remote.peerId) === dial) dials.delete(remote.peerId);
        options.onClosed(dial.link);
      },
    });
    pending.opened.then(
      (link) => {
        if (!isCurrent()) return;
        // A goodbye may have waited behind the handshake; nobody has to hear of such a link.
        if (!link.isOpen) {
          end(dial, new SwarmError('link-closed', 'The peer left; choose another.'), 'peer-gone');
          return;
        }
        dial.cancelDeadline();
        dial.cancelDirectDeadline();
        dial.link = link;
        options.onOpen(link, dial);
        dial.opened.resolve(link);
      },
      (error: SwarmError) => {
        if (isCurrent() && !goesOn(dial, error)) end(dial, error, 'peer-gone');
      },
    );
    return pending;
  };

  return {
    get size() {
      return dials.size;
    },
    get: (peerId) => dials.get(peerId),
    all: () => [...dials.values()],
    start,
    open(dial, isInitiator) {
      try {
        dial.pending = connect(dial, isInitiator);
      } catch (error) {
        const known = error instanceof SwarmError ? error : undefined;
        const reason = known ?? unreachable('The browser made no connection.', error);
        if (!goesOn(dial, reason)) end(dial, reason, 'peer-gone');
      }
    },
    leaveDirect(dial) {
      const { pending } = dial;
      dial.path = 'relay';
      dial.pending = undefined;
      dial.cancelDirectDeadline();
      pending?.abort(unreachable('No direct path led to the peer.'), 'peer-gone');
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
