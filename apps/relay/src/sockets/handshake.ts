import { encodeBase64 } from '@manyhands/protocol/base64';
import type { PublicIdentity } from '@manyhands/protocol/id';
import type { FromRelayOf, REFUSAL_CODES, ToRelay } from '@manyhands/protocol/relay-message';
import { relayHelloBytes } from '@manyhands/protocol/transcript';
import { identityIdOf, verifyPublicIdentity, verifySignature } from '@manyhands/protocol/verify';
import { chooseVersion, PROTOCOL_VERSIONS, type VersionRange } from '@manyhands/protocol/version';

export type RefusalCode = (typeof REFUSAL_CODES)[number];

export type HandshakeStep =
  | { readonly type: 'challenge'; readonly challenge: FromRelayOf<'challenge'> }
  | { readonly type: 'proven'; readonly identity: PublicIdentity; readonly version: number }
  | { readonly type: 'refused'; readonly code: RefusalCode; readonly message: string };

/** The key challenge of one socket: `hello` -> challenge, `prove` -> an identity that holds its key. */
export interface Handshake {
  take(message: ToRelay): Promise<HandshakeStep>;
}

export function createHandshake(options: {
  /** As the browser states it: the signature binds it, so a proof made for another page is void. */
  readonly origin: string;
  readonly relayId: string;
  /** What this relay speaks; others in tests. */
  readonly versions?: VersionRange | undefined;
}): Handshake {
  const { origin, relayId, versions = PROTOCOL_VERSIONS } = options;
  let hello: (ToRelay & { type: 'hello' }) | undefined;
  let version = 0;
  let relayNonce = '';

  const greet = (message: ToRelay & { type: 'hello' }): HandshakeStep => {
    const chosen = chooseVersion(versions, message.versions);
    if (chosen === undefined) {
      // The code came with version 5; who is newer than this relay knows it.
      return message.versions.min > versions.max
        ? refused(
            'relay-outdated',
            'This relay is older than the page: its operator can update it.',
          )
        : refused('version', 'This page is older than the relay: reload it.');
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
      ? { type: 'proven', identity, version }
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
