import { encodeBase64 } from '@manyhands/protocol/base64';
import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import { DIRECT_TIMEOUT_MS, LINK_CONNECT_TIMEOUT_MS, LINKS_MAX } from '@manyhands/protocol/limits';
import type { IceServers } from '@manyhands/protocol/relay-message';
import type { Signal } from '@manyhands/protocol/signal';
import { type AcceptPolicy, type DeclineCode, declineText } from './accept-policy.ts';
import type { LinkMembership } from './circle.ts';
import { createDeferred } from './deferred.ts';
import { createDials, type Dial, unreachable } from './dials.ts';
import { SwarmError } from './error.ts';
import type { Identity } from './identity.ts';
import { DIAL_IDS_MAX } from './limits.ts';
import type { Link, Transport } from './link.ts';
import { createLoopbackLink } from './local-link.ts';
import { createNoDirectMemory } from './no-direct-memory.ts';
import type { CreatePeerConnection } from './peer-connection.ts';
import { measureRoundTrips } from './round-trips.ts';
import { createSealedChannel } from './sealed-channel.ts';
import type { Signaling } from './signaling.ts';
import { createSimplePeerConnection } from './simple-peer-connection.ts';
import { tunnelConnectionsTo } from './tunnel-connection.ts';
import type { Tunnels } from './tunnels.ts';

/** Which ways a tab takes. Read at every dial. */
export interface PathPolicy {
  /** Makes connections over WebRTC, which show its address to the other end. */
  readonly direct: boolean;
  /** Others may reach it sealed through the relay. Its own dials may always go that way. */
  readonly takesRelayed: boolean;
}

export interface WebRtcTransport extends Transport {
  /** The policy changed: links and attempts that it no longer allows end now. */
  applyPaths(): void;
}

/**
 * Links over WebRTC, signalled through sealed blobs. The peer with the lower id makes the offer, the
 * other one asks for it, so that two that dial each other at once end with one connection. Where no
 * direct path leads, or one end wants none, both go on through a tunnel at the relay, which the lower id
 * offers likewise.
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
  readonly directTimeoutMs?: number;
  /** Without them there is no way but the direct one. */
  readonly tunnels?: Tunnels;
  readonly paths?: () => PathPolicy;
  /**
   * Only members of this circle get a link, whichever side dials and whichever way leads there. To
   * others this tab seems not to answer: no connection is made that would show its address.
   */
  readonly membership?: LinkMembership | undefined;
}): WebRtcTransport {
  const { identity, signaling, iceServers, accept = () => 'accept' } = options;
  const { createConnection = createSimplePeerConnection, iceTransportPolicy = 'all' } = options;
  const { connectTimeoutMs = LINK_CONNECT_TIMEOUT_MS, tunnels } = options;
  const { directTimeoutMs = DIRECT_TIMEOUT_MS } = options;
  const { paths = () => ({ direct: true, takesRelayed: true }) } = options;
  const { peerId } = identity;
  const links = new Map<PeerId, Link>();
  const handlers = new Set<(link: Link) => void>();
  const usedDialIds = new Set<string>();
  const noDirect = createNoDirectMemory(options.nowMs);
  let isDisposed = false;

  const channel = createSealedChannel({
    identity,
    signaling,
    membership: options.membership,
    nowMs: options.nowMs,
    onSignal: (from, signal) => receive(from, signal),
  });

  const announce = (link: Link) => {
    links.set(link.peerId, link);
    for (const handler of [...handlers]) handler(link);
  };
  const mayRelay = (isOurs: boolean) => tunnels !== undefined && (isOurs || paths().takesRelayed);
  const dials = createDials({
    identity,
    membership: options.membership,
    iceServers,
    iceTransportPolicy,
    createConnection: ({ path, remote }) =>
      path === 'relay' && tunnels !== undefined
        ? tunnelConnectionsTo(remote, { peerId, tunnels })
        : createConnection,
    connectTimeoutMs,
    directTimeoutMs,
    onNoDirect(dial) {
      if (!mayRelay(dial.isOurs)) return false;
      dial.hadNoDirect = true;
      goThroughRelay(dial);
      return true;
    },
    tell: (dial, signal) => tell(dial, signal),
    onOpen(link, { hadNoDirect, path, isOurs }) {
      // Only now is the other way known to lead there.
      if (hadNoDirect) noDirect.note(link.peerId, isOurs);
      else if (path === 'direct') noDirect.noteDirect();
      announce(link);
    },
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
    const { direct } = paths();
    if (!direct && !mayRelay(true)) {
      throw unreachable('No way to connect is allowed; change settings.');
    }
    const dial = dials.start(remote, createDialId(), true);
    if (!direct || (mayRelay(true) && noDirect.has(to))) goThroughRelay(dial);
    else if (peerId < to) dials.open(dial, true);
    else tell(dial, { type: 'dial-me', dialId: dial.dialId });
    return dial.opened.promise;
  };

  const goThroughRelay = (dial: Dial) => {
    dials.leaveDirect(dial);
    if (peerId < dial.remote.peerId) dials.open(dial, true);
    else tell(dial, { type: 'tunnel-me', dialId: dial.dialId });
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
      case 'tunnel-me':
        if (peerId < from.peerId) receiveDial(from, signal, dial);
        return;
      case 'offer':
        if (peerId < from.peerId) return;
        // The same dial again: another path for the connection that it led to.
        if (dial?.dialId === signal.dialId && dial.path === 'direct' && dial.pending) {
          dial.pending.signal(signal);
        } else receiveDial(from, signal, dial);
        return;
      case 'tunnel-offer':
        if (peerId > from.peerId) receiveDial(from, signal, dial);
        return;
      case 'answer':
      case 'candidate':
      case 'restart-me':
      case 'tunnel-answer':
        if (dial?.dialId === signal.dialId && dial.path === pathOf(signal)) {
          dial.pending?.signal(signal);
        }
        return;
      case 'decline':
        if (dial?.dialId !== signal.dialId || dial.link !== undefined) return;
        dials.end(dial, new SwarmError('peer-declined', declineText(signal.code)), 'peer-gone');
        return;
      default:
        signal satisfies never;
    }
  };

  /** Somebody dials us: by an offer, or by asking for ours. */
  const receiveDial = (from: PublicIdentity, signal: DialSignal, running: Dial | undefined) => {
    const { dialId } = signal;
    const path = pathOf(signal);
    if (!rememberDial(`${path} ${dialId}`)) return;
    const isRequest = signal.type === 'dial-me' || signal.type === 'tunnel-me';
    const isDialling = running !== undefined && running.link === undefined;
    if (isDialling && goesOnWith(running, signal)) return;
    const isAsked = isDialling && running.pending === undefined;
    if (running !== undefined && !isAsked) {
      // They would not dial anew if they still had what we have.
      dials.end(running, unreachable('The peer dialled anew.'), 'peer-gone');
    }
    const answer = isAsked && path === running.path ? 'accept' : answerTo(from, path);
    if (answer !== 'accept') {
      if (isAsked) dials.end(running, unreachable('The peer answers another way.'), 'peer-gone');
      channel.send(from, { type: 'decline', dialId, code: answer }).catch(() => {});
      return;
    }
    const dial = isAsked ? running : dials.start(from, dialId, false);
    dial.dialId = dialId;
    // They wait for as long as we do where nothing gets through to here.
    const isInVain = mayRelay(dial.isOurs) && noDirect.has(from.peerId);
    if (path === 'direct' && (!paths().direct || isInVain)) {
      goThroughRelay(dial);
      return;
    }
    if (path === 'relay') dials.leaveDirect(dial);
    dials.open(dial, isRequest);
    if (!isRequest) dial.pending?.signal(signal);
  };

  /** Whether an attempt under way needs nothing more than to go on, perhaps through the relay. */
  const goesOnWith = (running: Dial, signal: DialSignal): boolean => {
    // Both dialled at once: our offer is on its way and serves for theirs. (One that they asked for
    // before is another matter: they gave up on it.)
    if (signal.type === 'dial-me') return running.isOurs;
    if (signal.type === 'offer') {
      // It crossed with our request for a tunnel.
      if (running.path === 'direct' || running.pending !== undefined) return false;
      running.dialId = signal.dialId;
      goThroughRelay(running);
      return true;
    }
    if (running.path === 'relay') {
      const isServed = running.isOurs || running.dialId === signal.dialId;
      return signal.type === 'tunnel-me' && isServed;
    }
    // They see no direct path, or want none.
    if (!mayRelay(running.isOurs)) return false;
    if (signal.type === 'tunnel-me') goThroughRelay(running);
    else dials.leaveDirect(running);
    return signal.type === 'tunnel-me';
  };

  const answerTo = (from: PublicIdentity, path: Dial['path']): Answer => {
    if (dials.size >= LINKS_MAX) return 'too-many-links';
    if ((path === 'relay' || !paths().direct) && !mayRelay(false)) return 'no-tunnels';
    return accept(from);
  };

  /** False for a signal that started a dial before. */
  const rememberDial = (name: string): boolean => {
    if (usedDialIds.has(name)) return false;
    usedDialIds.add(name);
    if (usedDialIds.size > DIAL_IDS_MAX) {
      usedDialIds.delete(usedDialIds.values().next().value ?? '');
    }
    return true;
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
    applyPaths() {
      const { direct } = paths();
      for (const dial of dials.all()) {
        const isAllowed = dial.path === 'direct' ? direct : mayRelay(dial.isOurs);
        const error = unreachable('The settings changed; connect again.');
        if (!isAllowed) dials.end(dial, error, 'closed-locally');
      }
    },
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

type Answer = 'accept' | DeclineCode;
type DialSignal = Extract<Signal, { type: 'offer' | 'dial-me' | 'tunnel-offer' | 'tunnel-me' }>;

function pathOf(signal: Signal): Dial['path'] {
  return signal.type.startsWith('tunnel-') ? 'relay' : 'direct';
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
