import { ProtocolError } from '@manyhands/protocol/error';
import type { PublicIdentity } from '@manyhands/protocol/id';
import { LINK_HANDSHAKE_TIMEOUT_MS, SLICE_BYTES_MAX } from '@manyhands/protocol/limits';
import { type PeerMessage, parsePeerMessage } from '@manyhands/protocol/peer-message';
import type { IceServers } from '@manyhands/protocol/relay-message';
import type { LinkMembership } from './circle.ts';
import { createDeferred } from './deferred.ts';
import { fingerprintOf } from './dtls-fingerprint.ts';
import { SwarmError } from './error.ts';
import { createFrameChannel, type FrameChannel } from './frame-channel.ts';
import type { Identity } from './identity.ts';
import {
  BULK_BUFFERED_BYTES_MAX,
  BULK_SLICE_BYTES_MAX,
  GOODBYE_DELAY_MS,
  LATENCY_BUFFERED_BYTES_MAX,
  MESSAGE_BUFFERED_BYTES_MAX,
} from './limits.ts';
import type { Link, LinkCloseReason } from './link.ts';
import { createLinkEvents } from './link-handlers.ts';
import { shakeHands } from './link-handshake.ts';
import { createMessageQueue, type MessageQueue } from './message-queue.ts';
import { createPathRecovery } from './path-recovery.ts';
import type { ConnectionSignal, CreatePeerConnection, PeerConnection } from './peer-connection.ts';
import { createRoundTripMeter, type RoundTripMeter } from './round-trip-meter.ts';
import { keyText } from './tunnel-seal.ts';

/** A connection on its way to becoming a link. */
export interface PendingLink {
  /** What the other side says, proven by its seal. */
  signal(data: ConnectionSignal): void;
  /** The link, once both proofs are verified. Rejects with `SwarmError`. */
  readonly opened: Promise<Link>;
  /** Gives up, or closes the link if it is open. */
  abort(error: SwarmError, reason: LinkCloseReason): void;
}

/** Opens a connection and proves it; hands out the link only when both ends are who they claim. */
export function openWebRtcLink(options: {
  readonly createConnection: CreatePeerConnection;
  readonly isInitiator: boolean;
  iceServers(): IceServers;
  readonly iceTransportPolicy: RTCIceTransportPolicy;
  readonly identity: Identity;
  readonly remote: PublicIdentity;
  readonly membership: LinkMembership | undefined;
  onSignal(data: ConnectionSignal): void;
  /** The connection or the link ended; called once, before the link's listeners. */
  onClosed(): void;
}): PendingLink {
  const { identity, remote, membership, onSignal, onClosed } = options;
  const { isInitiator, iceServers, iceTransportPolicy } = options;
  const opened = createDeferred<Link>();
  let phase: 'connecting' | 'proving' | 'open' | 'closed' = 'connecting';
  /** The fingerprint in the description, or the tunnel's key, that came sealed. */
  let sealedFingerprint: string | undefined;
  let cancelDeadline = () => {};
  const inbox = createMessageQueue();
  const events = createLinkEvents({ onOverflow: () => close('overflow'), onClosed });

  const connection = options.createConnection(
    { isInitiator, iceServers, iceTransportPolicy },
    {
      onSignal,
      onOpen: () => void prove(),
      onText: (text) => receive(text),
      onBeat: () => {
        if (phase === 'open') events.message({ type: 'beat' });
      },
      onPath: (isUp) => {
        if (phase === 'open') recovery.path(isUp);
      },
      onClose: (error) => {
        const message = error?.message ?? 'No connection to the peer came about.';
        const reason = error?.code === 'malformed' ? 'protocol-violation' : 'peer-gone';
        fail(error?.code ?? 'peer-unreachable', message, reason, error);
      },
    },
  );
  const recovery = createPathRecovery({
    restart: () => (isInitiator ? connection.restartIce() : onSignal({ type: 'restart-me' })),
    giveUp: () => close('peer-gone'),
  });
  // Over the channel of messages, in order: what is asked when the link opens is answered before what follows.
  const meter = createRoundTripMeter((message) => connection.sendText(JSON.stringify(message)));
  const onViolation = () =>
    fail('handshake-failed', 'A peer broke the rules of the link.', 'protocol-violation');
  const channels = createChannels(connection, (frame) => events.frame(frame), onViolation);

  const receive = (text: string) => {
    if (phase === 'closed') return;
    let message: PeerMessage;
    try {
      message = parsePeerMessage(text);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      onViolation();
      return;
    }
    if (phase !== 'open') inbox.push(message);
    else take(message);
  };

  const take = (message: PeerMessage) => {
    if (message.type === 'link-hello' || message.type === 'link-proof') {
      onViolation();
      return;
    }
    if (message.type === 'ping' || message.type === 'pong') {
      meter.take(message);
      return;
    }
    events.message(message);
    if (message.type === 'goodbye') close('goodbye');
  };

  const prove = async () => {
    if (phase !== 'connecting') return;
    phase = 'proving';
    const late = () =>
      fail('handshake-failed', 'A peer did not prove itself in time.', 'handshake-failed');
    const timer = setTimeout(late, LINK_HANDSHAKE_TIMEOUT_MS);
    cancelDeadline = () => clearTimeout(timer);
    try {
      await proveConnection({
        connection,
        identity,
        remote,
        membership,
        sealedFingerprint,
        inbox,
      });
    } catch (error) {
      const known = error instanceof SwarmError ? error : undefined;
      const message = known?.message ?? 'The connection could not be proven; try again.';
      fail(known?.code ?? 'handshake-failed', message, 'handshake-failed', error);
      return;
    }
    if (phase !== 'proving') return;
    phase = 'open';
    cancelDeadline();
    meter.ask();
    for (const message of inbox.drain()) take(message);
    opened.resolve(link);
    events.open();
  };

  const tearDown = () => {
    phase = 'closed';
    cancelDeadline();
    recovery.dispose();
    meter.dispose();
    channels.latency.dispose();
    channels.bulk.dispose();
    inbox.close();
  };
  /** Before the link exists its maker is told why; afterwards its listeners are. */
  const fail = (
    code: SwarmError['code'],
    message: string,
    reason: LinkCloseReason,
    cause?: unknown,
  ) => {
    if (phase === 'closed') return;
    const wasOpen = phase === 'open';
    tearDown();
    connection.destroy();
    if (!wasOpen) opened.reject(new SwarmError(code, message, { cause }));
    events.close(reason);
  };
  const close = (reason: LinkCloseReason) => {
    if (phase !== 'open') {
      fail('link-closed', 'The link was closed before it opened.', reason);
      return;
    }
    tearDown();
    if (reason === 'closed-locally') {
      connection.sendText(JSON.stringify({ type: 'goodbye', reason: 'closing' }));
    }
    // After a goodbye, ours or theirs, what was sent before may still be in the browser's buffer.
    const isGoodbye = reason === 'closed-locally' || reason === 'goodbye';
    if (isGoodbye) setTimeout(connection.destroy, GOODBYE_DELAY_MS);
    else connection.destroy();
    events.close(reason);
  };

  const isOpen = () => phase === 'open';
  const { listen } = events;
  const link = createLink({ remote, connection, channels, meter, isOpen, listen, close });

  return {
    signal(data) {
      if (phase === 'closed') return;
      if (data.type === 'restart-me') {
        if (phase === 'open' && isInitiator) recovery.asked();
        return;
      }
      // A new path is for a connection that is there, and a connection is made once.
      const isRestart = 'restart' in data && data.restart > 0;
      if (isRestart && phase === 'connecting') return;
      if (data.type !== 'candidate') {
        if (!isRestart && sealedFingerprint !== undefined) return;
        try {
          const fingerprint = 'key' in data ? keyText(data.key) : fingerprintOf(data.sdp);
          sealedFingerprint ??= fingerprint;
          if (fingerprint !== sealedFingerprint) {
            onViolation();
            return;
          }
        } catch (cause) {
          fail('handshake-failed', 'A peer sent no usable description.', 'handshake-failed', cause);
          return;
        }
      }
      connection.signal(data);
    },
    opened: opened.promise,
    abort: (error, reason) => {
      if (phase === 'open') close(reason);
      else fail(error.code, error.message, reason, error.cause);
    },
  };
}

const NO_PATH = { path: undefined, roundTripMs: undefined, lossShare: undefined } as const;

type Channels = Readonly<Record<'latency' | 'bulk', FrameChannel>>;

function createChannels(
  connection: PeerConnection,
  onFrame: (frame: Uint8Array<ArrayBuffer>) => void,
  onViolation: () => void,
): Channels {
  return {
    latency: createFrameChannel(connection.latency, {
      sliceBytesMax: SLICE_BYTES_MAX,
      bufferedBytesMax: LATENCY_BUFFERED_BYTES_MAX,
      onFrame,
      onViolation,
    }),
    bulk: createFrameChannel(connection.bulk, {
      sliceBytesMax: BULK_SLICE_BYTES_MAX,
      bufferedBytesMax: BULK_BUFFERED_BYTES_MAX,
      onFrame,
      onViolation,
    }),
  };
}

/** The certificate is the one that came sealed, and the other end proves that it sees ours. */
async function proveConnection(options: {
  readonly connection: PeerConnection;
  readonly identity: Identity;
  readonly remote: PublicIdentity;
  readonly membership: LinkMembership | undefined;
  readonly sealedFingerprint: string | undefined;
  readonly inbox: MessageQueue;
}): Promise<void> {
  const { connection, identity, remote, membership, sealedFingerprint, inbox } = options;
  const fingerprints = connection.fingerprints();
  if (fingerprints.remote !== sealedFingerprint) {
    throw new SwarmError(
      'fingerprint-mismatch',
      'A connection does not lead to the peer that was dialled; it was closed.',
    );
  }
  await shakeHands({
    identity,
    remotePeerId: remote.peerId,
    fingerprints,
    membership,
    send: (message) => connection.sendText(JSON.stringify(message)),
    receive: inbox.next,
  });
}

function createLink(parts: {
  readonly remote: PublicIdentity;
  readonly connection: PeerConnection;
  readonly channels: Channels;
  readonly meter: RoundTripMeter;
  isOpen(): boolean;
  readonly listen: Link['listen'];
  readonly close: Link['close'];
}): Link {
  const { remote, connection, channels, meter, isOpen, listen, close } = parts;
  const requireOpen = () => {
    if (!isOpen()) throw new SwarmError('link-closed', 'The link to the peer is closed.');
  };
  return {
    peerId: remote.peerId,
    identity: remote,
    get isOpen() {
      return isOpen();
    },
    listen,
    sendMessage(message) {
      requireOpen();
      if (connection.bufferedTextBytes > MESSAGE_BUFFERED_BYTES_MAX) {
        throw new SwarmError('over-limit', 'A link takes no more messages now; try again later.');
      }
      connection.sendText(JSON.stringify(message));
    },
    beat() {
      if (!isOpen()) return;
      connection.beat();
      // Also in order, for who does not have that way yet.
      const isWaiting = connection.bufferedTextBytes > MESSAGE_BUFFERED_BYTES_MAX;
      if (!isWaiting) connection.sendText(JSON.stringify({ type: 'beat' }));
    },
    sendFrame(bytes, channel) {
      requireOpen();
      channels[channel].send(bytes);
    },
    async stats() {
      if (isOpen()) meter.ask();
      const known = isOpen() ? await connection.path() : NO_PATH;
      return {
        ...known,
        roundTripMs: meter.ms ?? known.roundTripMs,
        isDirect: known.path === 'direct',
        frameBytesSent: channels.latency.sentBytes + channels.bulk.sentBytes,
        frameBytesReceived: channels.latency.receivedBytes + channels.bulk.receivedBytes,
      };
    },
    close,
  };
}
