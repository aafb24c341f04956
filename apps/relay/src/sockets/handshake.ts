import { encodeBase64 } from '@manyhands/protocol/base64';
import type { PublicIdentity } from '@manyhands/protocol/id';
import type { FromRelayOf, REFUSAL_CODES, ToRelay } from '@manyhands/protocol/relay-message';
import { relayHelloBytes } from '@manyhands/protocol/transcript';
import { identityIdOf, verifyPublicIdentity, verifySignature } from '@manyhands/protocol/verify';
import { chooseVersion, PROTOCOL_VERSIONS } from '@manyhands/protocol/version';

export type RefusalCode = (typeof REFUSAL_CODES)[number];

export type HandshakeStep =
  | { readonly type: 'challenge'; readonly challenge: FromRelayOf<'challenge'> }
  | { readonly type: 'proven'; readonly identity: PublicIdentity }
  | { readonly type: 'refused'; readonly code: RefusalCode; readonly message: string };

/** The key challenge of one socket: `hello` -> challenge, `prove` -> an identity that holds its key. */
export interface Handshake {
  take(message: ToRelay): Promise<HandshakeStep>;
}

export function createHandshake(options: {
  /** As the browser states it: the signature binds it, so a proof made for another page is void. */
  readonly origin: string;
  readonly relayId: string;
}): Handshake {
  const { origin, relayId } = options;
  let hello: (ToRelay & { type: 'hello' }) | undefined;
  let version = 0;
  let relayNonce = '';

  const greet = (message: ToRelay & { type: 'hello' }): HandshakeStep => {
    const chosen = chooseVersion(PROTOCOL_VERSIONS, message.versions);
    if (chosen === undefined) {
      return refused('version', 'This page and the relay are of different versions: reload it.');
    }
    hello = message;
    version = chosen;
    relayNonce = encodeBase64(crypto.getRandomValues(new Uint8Array(32)));
    return {
      type: 'challenge',
      challenge: { type: 'challenge', version, relayId, nonce: relayNonce },
    };
  };

  const prove = async (
    greeting: ToRelay & { type: 'hello' },
    message: ToRelay & { type: 'prove' },
  ): Promise<HandshakeStep> => {
    const { alg, publicKey, tabId, nonce: clientNonce } = greeting;
    const peerId = `${await identityIdOf(alg, publicKey)}.${tabId}`;
    const identity = { peerId, alg, publicKey, agreement: message.agreement };
    const bytes = relayHelloBytes({
      origin,
      relayId,
      version,
      tabId,
      publicKey,
      alg,
      clientNonce,
      relayNonce,
    });
    const isProven =
      (await verifySignature(publicKey, alg, message.signature, bytes)) &&
      (await verifyPublicIdentity(identity));
    return isProven
      ? { type: 'proven', identity }
      : refused('bad-signature', 'The proof of the key is not valid for this relay and page.');
  };

  return {
    async take(message) {
      if (hello === undefined && message.type === 'hello') return greet(message);
      if (hello !== undefined && message.type === 'prove') return prove(hello, message);
      return refused('malformed', `A ${message.type} message is out of turn in the handshake.`);
    },
  };
}

function refused(code: RefusalCode, message: string): HandshakeStep {
  return { type: 'refused', code, message };
}
