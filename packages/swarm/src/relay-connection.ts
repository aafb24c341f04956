import { encodeBase64 } from '@manyhands/protocol/base64';
import { ProtocolError } from '@manyhands/protocol/error';
import { RELAY_HANDSHAKE_TIMEOUT_MS } from '@manyhands/protocol/limits';
import {
  type FromRelay,
  type FromRelayOf,
  parseFromRelay,
  type ToRelay,
} from '@manyhands/protocol/relay-message';
import { relayHelloBytes } from '@manyhands/protocol/transcript';
import { PROTOCOL_VERSIONS } from '@manyhands/protocol/version';
import { SwarmError } from './error.ts';
import type { Identity } from './identity.ts';
import { RELAY_CONNECT_TIMEOUT_MS } from './limits.ts';
import { createOutbox } from './outbox.ts';
import type { SocketHost } from './socket.ts';

export interface RelayConnection {
  /** What both ends speak; 0 before the relay chose. */
  readonly version: number;
  /** Queues a message under the relay's rate limit. Throws `over-limit` when the queue is full. */
  send(message: ToRelay): void;
  /** Sends a record at once: the relay's grants pace those. The buffer is given away. */
  sendRecord(record: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface RelayConnectionHandlers {
  onWelcome(welcome: FromRelayOf<'welcome'>): void;
  /** Everything after the welcome but fatal refusals. */
  onMessage(message: FromRelay): void;
  onRecord(record: Uint8Array<ArrayBuffer>): void;
  /** Called once, unless closed here. `isFinal`: trying again would end the same way. */
  onEnd(error: SwarmError, isFinal: boolean): void;
}

/** One socket to a relay, from opening to its end: proves the identity, then passes messages on. */
export function openRelayConnection(
  options: {
    readonly host: SocketHost;
    readonly url: string;
    readonly origin: string;
    readonly identity: Identity;
  },
  handlers: RelayConnectionHandlers,
): RelayConnection {
  const { host, url, origin, identity } = options;
  const nonce = encodeBase64(crypto.getRandomValues(new Uint8Array(32)));
  const { alg, publicKey, peerId, agreement } = identity.publicIdentity;
  const tabId = peerId.slice(23);
  let version = 0;
  let phase: 'opening' | 'greeting' | 'proving' | 'open' | 'ended' = 'opening';

  const socket = host.openSocket(url, {
    onOpen() {
      if (phase !== 'opening') return;
      phase = 'greeting';
      setDeadline(RELAY_HANDSHAKE_TIMEOUT_MS);
      const versions = { ...PROTOCOL_VERSIONS };
      sendNow({ type: 'hello', versions, alg, publicKey, tabId, nonce });
    },
    onMessage: (text) => {
      if (phase !== 'ended') receive(text);
    },
    onBytes(bytes) {
      if (phase === 'open') handlers.onRecord(bytes);
      else if (phase !== 'ended')
        end('malformed', 'The relay answered out of turn; reload the page.');
    },
    onClose: () => end('relay-unreachable', 'The relay cannot be reached; trying again.'),
  });
  const sendNow = (message: ToRelay) => socket.send(JSON.stringify(message));
  const outbox = createOutbox(host, sendNow);
  let cancelDeadline = () => {};
  const setDeadline = (delayMs: number) => {
    cancelDeadline();
    const late = () => end('relay-unreachable', 'The relay does not answer; trying again.');
    cancelDeadline = host.setTimer(late, delayMs);
  };
  setDeadline(RELAY_CONNECT_TIMEOUT_MS);

  const close = () => {
    phase = 'ended';
    cancelDeadline();
    outbox.dispose();
    socket.close();
  };
  const end = (code: SwarmError['code'], message: string, isFinal = false, cause?: unknown) => {
    if (phase === 'ended') return;
    close();
    handlers.onEnd(new SwarmError(code, message, { cause }), isFinal);
  };

  const receive = (text: string) => {
    let message: FromRelay;
    try {
      message = parseFromRelay(text);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      end('malformed', 'The relay speaks another language; reload the page.', false, error);
      return;
    }
    if (message.type === 'refused' && message.fatal) {
      const { code, isFinal } = endingOf(message);
      end(code, message.message, isFinal);
    } else if (phase === 'open') {
      handlers.onMessage(message);
    } else if (phase === 'greeting' && message.type === 'challenge') {
      phase = 'proving';
      void prove(message);
    } else if (phase === 'proving' && message.type === 'welcome' && message.peerId === peerId) {
      phase = 'open';
      cancelDeadline();
      outbox.open();
      handlers.onWelcome(message);
    } else if (message.type !== 'refused') {
      end('malformed', 'The relay answered out of turn; reload the page.');
    }
  };

  const prove = async (challenge: FromRelayOf<'challenge'>) => {
    const { relayId, nonce: relayNonce } = challenge;
    version = challenge.version;
    if (version < PROTOCOL_VERSIONS.min) {
      const remedy = 'its operator has to update it, or use another relay.';
      end('relay-outdated', `This relay is older than the page: ${remedy}`, true);
      return;
    }
    if (version > PROTOCOL_VERSIONS.max) {
      end('version', 'This page is older than the relay; reload the page.', true);
      return;
    }
    const hello = {
      origin,
      relayId,
      version,
      tabId,
      publicKey,
      alg,
      clientNonce: nonce,
      relayNonce,
    };
    const signature = await identity.sign(relayHelloBytes(hello));
    if (phase === 'proving') sendNow({ type: 'prove', signature, agreement });
  };

  return {
    get version() {
      return version;
    },
    send: outbox.push,
    sendRecord(record) {
      if (phase === 'open') socket.send(record);
    },
    close,
  };
}

/** What a fatal refusal means for the next attempt. */
function endingOf(refused: FromRelayOf<'refused'>): {
  code: SwarmError['code'];
  isFinal: boolean;
} {
  switch (refused.code) {
    case 'version':
      return { code: 'version', isFinal: true };
    case 'relay-outdated':
      return { code: 'relay-outdated', isFinal: true };
    case 'bad-origin':
    case 'bad-signature':
    case 'replaced':
      return { code: 'relay-refused', isFinal: true };
    case 'embed-refused':
      return { code: 'embed-refused', isFinal: true };
    case 'shutting-down':
      return { code: 'relay-unreachable', isFinal: false };
    default:
      return { code: 'relay-refused', isFinal: false };
  }
}
