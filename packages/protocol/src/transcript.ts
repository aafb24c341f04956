/**
 * The exact bytes that get signed. Each conversation has its own domain, and every field is preceded
 * by its length, so that no signature can be read as one for another purpose or with shifted fields.
 */

/** A tab proves its key to a relay: bound to the page's origin, the relay and both nonces. */
export function relayHelloBytes(hello: {
  readonly origin: string;
  readonly relayId: string;
  readonly version: number;
  readonly tabId: string;
  readonly publicKey: string;
  readonly alg: string;
  readonly clientNonce: string;
  readonly relayNonce: string;
}): Uint8Array<ArrayBuffer> {
  return transcriptOf('relay-hello', [
    hello.origin,
    hello.relayId,
    String(hello.version),
    hello.tabId,
    hello.alg,
    hello.publicKey,
    hello.clientNonce,
    hello.relayNonce,
  ]);
}

/** One link, as both of its ends see it; `signer` is the peer that proves it. */
export interface LinkTranscript {
  readonly lowPeerId: string;
  readonly highPeerId: string;
  readonly lowNonce: string;
  readonly highNonce: string;
  readonly lowFingerprint: string;
  readonly highFingerprint: string;
  readonly signer: string;
}

/** Both ends of a link prove that they see the same connection. */
export function linkBytes(link: LinkTranscript): Uint8Array<ArrayBuffer> {
  return transcriptOf('link', fieldsOf(link));
}

/** Both ends of a link prove that they belong to the same circle: for this link, each for itself. */
export function membershipBytes(link: LinkTranscript): Uint8Array<ArrayBuffer> {
  return transcriptOf('circle-link', fieldsOf(link));
}

function fieldsOf(link: LinkTranscript): string[] {
  const { lowPeerId, highPeerId, lowNonce, highNonce, lowFingerprint, highFingerprint } = link;
  return [lowPeerId, highPeerId, lowNonce, highNonce, lowFingerprint, highFingerprint, link.signer];
}

/** What a key of a circle is derived for. Whatever the invite says is in it, so nothing can be edited. */
export function circleKeyBytes(circle: {
  readonly purpose: 'id' | 'directory' | 'link';
  readonly version: number;
  readonly expiresAtMs: number;
  readonly name: string;
}): Uint8Array<ArrayBuffer> {
  const { purpose, version, expiresAtMs, name } = circle;
  return transcriptOf('circle-key', [purpose, String(version), String(expiresAtMs), name]);
}

/** What a circle adds to the key of one sealed signal; `header` is the blob's, as base64url. */
export function circleSealBytes(seal: {
  readonly from: string;
  readonly to: string;
  readonly header: string;
}): Uint8Array<ArrayBuffer> {
  return transcriptOf('circle-seal', [seal.from, seal.to, seal.header]);
}

/** What stands in a directory in the place of a model's root. */
export function blindedRootBytes(modelRoot: string): Uint8Array<ArrayBuffer> {
  return transcriptOf('circle-root', [modelRoot]);
}

/** A member's entry in a directory: what it says is signed with it, and belongs to this peer. */
export function circleEntryBytes(peerId: string): Uint8Array<ArrayBuffer> {
  return transcriptOf('circle-entry', [peerId]);
}

/** An identity certifies one tab and the key that others may encrypt to there. */
export function agreementKeyBytes(key: {
  readonly alg: string;
  readonly publicKey: string;
  readonly peerId: string;
}): Uint8Array<ArrayBuffer> {
  return transcriptOf('agreement-key', [key.alg, key.publicKey, key.peerId]);
}

/** A directory entry: `payload` is its JSON text, signed as it stands. */
export function directoryEntryBytes(payload: string): Uint8Array<ArrayBuffer> {
  return transcriptOf('directory-entry', [payload]);
}

/** The sender of a sealed signal vouches for its content, for one receiver and one sealing. */
export function sealBytes(seal: {
  readonly from: string;
  readonly to: string;
  /** The receiver's agreement key: what the blob was sealed to. */
  readonly agreementKey: string;
  readonly ephemeralKey: string;
  readonly nonce: string;
  readonly sentAtMs: number;
  /** base64url of the SHA-256 of the signal's text. */
  readonly contentHash: string;
}): Uint8Array<ArrayBuffer> {
  return transcriptOf('seal', [
    seal.from,
    seal.to,
    seal.agreementKey,
    seal.ephemeralKey,
    seal.nonce,
    String(seal.sentAtMs),
    seal.contentHash,
  ]);
}

/** What the keys of a tunnel are derived from besides its secret: who meets where, with which keys. */
export function tunnelBytes(tunnel: {
  readonly tunnelId: string;
  readonly lowPeerId: string;
  readonly highPeerId: string;
  /** As `algorithm publicKey`. */
  readonly lowKey: string;
  readonly highKey: string;
}): Uint8Array<ArrayBuffer> {
  return transcriptOf('tunnel', [
    tunnel.tunnelId,
    tunnel.lowPeerId,
    tunnel.highPeerId,
    tunnel.lowKey,
    tunnel.highKey,
  ]);
}

function transcriptOf(domain: string, fields: readonly string[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const parts = [`manyhands/1/${domain}`, ...fields].map((field) => encoder.encode(field));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const part of parts) {
    view.setUint32(offset, part.length, true);
    bytes.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return bytes;
}
