import { encodeBase64 } from '@manyhands/protocol/base64';
import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import { LINK_CONNECT_TIMEOUT_MS, LINKS_MAX } from '@manyhands/protocol/limits';
import type { IceServers } from '@manyhands/protocol/relay-message';
import type { Signal } from '@manyhands/protocol/signal';
import type { AcceptPolicy } from './accept-policy.ts';
import { createDeferred } from './deferred.ts';
import { createDials, type Dial, unreachable } from './dials.ts';
import { SwarmError } from './error.ts';
import type { Identity } from './identity.ts';
import { DIAL_IDS_MAX } from './limits.ts';
import type { Link, Transport } from './link.ts';
import { createLoopbackLink } from './local-link.ts';
import type { CreatePeerConnection } from './peer-connection.ts';
import { measureRoundTrips } from './round-trips.ts';
import { createSealedChannel } from './sealed-channel.ts';
import type { Signaling } from './signaling.ts';
import { createSimplePeerConnection } from './simple-peer-connection.ts';

/**
 * Links over WebRTC, signalled through sealed blobs. The peer with the lower id makes the offer, the
 * other one asks for it, so that two that dial each other at once end with one connection.
 */
export function createWebRtcTransport(options: {
  readonly identity: Identity;
  readonly signaling: Signaling;
  iceServers(): IceServers;
  /** `relay` hides the addresses of tabs from each other, and tests TURN. Default `all`. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  nowMs(): number;
  readonly accept?: AcceptPolicy;
  readonly createConnection?: CreatePeerConnection;
  readonly connectTimeoutMs?: number;
}): Transport {
  const { identity, signaling, iceServers, accept = () => 'accept' } = options;
  const { createConnection = createSimplePeerConnection, iceTransportPolicy = 'all' } = options;
  const { connectTimeoutMs = LINK_CONNECT_TIMEOUT_MS } = options;
  const { peerId } = identity;
  const links = new Map<PeerId, Link>();
  const handlers = new Set<(link: Link) => void>();
  const usedDialIds = new Set<string>();
  let isDisposed = false;

  const channel = createSealedChannel({
    identity,
    signaling,
    nowMs: options.nowMs,
    onSignal: (from, signal) => receive(from, signal),
  });

  const announce = (link: Link) => {
    links.set(link.peerId, link);
    for (const handler of [...handlers]) handler(link);
  };
  const dials = createDials({
    identity,
    iceServers,
    iceTransportPolicy,
    createConnection,
    connectTimeoutMs,
    tell: (dial, signal) => tell(dial, signal),
    onOpen: announce,
    onClosed(link) {
      if (links.get(link.peerId) === link) links.delete(link.peerId);
    },
  });

  /**
   * Candidates may get lost, and an open link asks for another path again; without any other signal
   * the dial cannot go on.
   */
  const tell = (dial: Dial, signal: Signal) => {
    channel.send(dial.remote, signal).catch((error: unknown) => {
      if (signal.type === 'candidate' || dial.link !== undefined) return;
      const known = error instanceof SwarmError ? error : undefined;
      dials.end(dial, known ?? unreachable('The peer cannot be signalled.', error), 'peer-gone');
    });
  };

  const dialTo = (to: PeerId): Promise<Link> => {
    if (isDisposed) throw new SwarmError('aborted', 'The transport was closed.');
    const known = links.get(to);
    if (known !== undefined) return Promise.resolve(known);
    const running = dials.get(to);
    if (running !== undefined) return running.opened.promise;
    if (to === peerId) return Promise.resolve(takeLoopback());
    const remote = channel.identityOf(to) ?? signaling.identityOf(to);
    if (remote === undefined) {
      throw unreachable('The peer is not in the directory; choose another.');
    }
    if (dials.size >= LINKS_MAX) {
      throw new SwarmError('over-limit', `A tab keeps at most ${LINKS_MAX} links.`);
    }
    const dial = dials.start(remote, createDialId(), true);
    if (peerId < to) dials.open(dial, true);
    else tell(dial, { type: 'dial-me', dialId: dial.dialId });
    return dial.opened.promise;
  };

  const takeLoopback = (): Link => {
    const onClosed = () => links.delete(peerId);
    const owner = { identity: identity.publicIdentity, onClosed };
    const link = createLoopbackLink(owner, queueMicrotask);
    announce(link);
    return link;
  };

  const receive = (from: PublicIdentity, signal: Signal) => {
    const dial = dials.get(from.peerId);
    switch (signal.type) {
      case 'dial-me':
        if (peerId < from.peerId) receiveDial(from, signal, dial);
        return;
      case 'offer':
        if (peerId < from.peerId) return;
        // The same dial again: another path for the connection that it led to.
        if (dial?.dialId === signal.dialId && dial.pending) dial.pending.signal(signal);
        else receiveDial(from, signal, dial);
        return;
      case 'answer':
      case 'candidate':
      case 'restart-me':
        if (dial?.dialId === signal.dialId) dial.pending?.signal(signal);
        return;
      case 'decline':
        if (dial?.dialId !== signal.dialId || dial.link !== undefined) return;
        dials.end(dial, new SwarmError('peer-declined', declineText(signal.code)), 'peer-gone');
        return;
      default:
        signal satisfies never;
    }
  };

  /** Somebody dials us: directly, or by asking for our offer. */
  const receiveDial = (
    from: PublicIdentity,
    signal: Extract<Signal, { type: 'offer' | 'dial-me' }>,
    running: Dial | undefined,
  ) => {
    const { dialId } = signal;
    if (usedDialIds.has(dialId)) return;
    usedDialIds.add(dialId);
    if (usedDialIds.size > DIAL_IDS_MAX)
      usedDialIds.delete(usedDialIds.values().next().value ?? '');
    const isDialling = running !== undefined && running.link === undefined;
    // Both dialled at once: our offer is on its way and serves for theirs. (One that they asked for
    // before is another matter: they gave up on it.)
    if (isDialling && running.isOurs && signal.type === 'dial-me') return;
    const isAsked = isDialling && running.pending === undefined;
    if (running !== undefined && !isAsked) {
      // They would not dial anew if they still had what we have.
      dials.end(running, unreachable('The peer dialled anew.'), 'peer-gone');
    }
    const answer = isAsked ? 'accept' : dials.size >= LINKS_MAX ? 'too-many-links' : accept(from);
    if (answer !== 'accept') {
      channel.send(from, { type: 'decline', dialId, code: answer }).catch(() => {});
      return;
    }
    const dial = isAsked ? running : dials.start(from, dialId, false);
    dial.dialId = dialId;
    dials.open(dial, signal.type === 'dial-me');
    if (signal.type === 'offer') dial.pending?.signal(signal);
  };

  const removeUnreachable = signaling.onUnreachable((gone) => {
    const dial = dials.get(gone);
    if (dial !== undefined && dial.link === undefined) {
      dials.end(dial, unreachable('The peer is gone; choose another.'), 'peer-gone');
    }
  });

  return {
    peerId,
    links,
    connect: (to, signal) => withAbort(() => dialTo(to), signal),
    onLink(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    roundTrips: () => measureRoundTrips(links),
    dispose() {
      isDisposed = true;
      channel.dispose();
      removeUnreachable();
      const error = new SwarmError('aborted', 'The transport was closed.');
      dials.endAll(error);
      links.get(peerId)?.close('closed-locally');
    },
  };
}

/** The shared attempt goes on without a caller that gave up. */
async function withAbort(dial: () => Promise<Link>, signal?: AbortSignal): Promise<Link> {
  const aborted = () => new SwarmError('aborted', 'Dialling was stopped.');
  if (signal?.aborted) throw aborted();
  if (signal === undefined) return dial();
  const abort = createDeferred<never>();
  const onAbort = () => abort.reject(aborted());
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([dial(), abort.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function createDialId(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(32)));
}

function declineText(code: Extract<Signal, { type: 'decline' }>['code']): string {
  switch (code) {
    case 'too-many-links':
      return 'The peer has as many links as it takes; choose another.';
    case 'not-serving':
      return 'The peer no longer serves; choose another.';
    case 'busy':
      return 'The peer is busy; try again later.';
    default:
      return code satisfies never;
  }
}
