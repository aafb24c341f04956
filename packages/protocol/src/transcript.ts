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

/** Both ends of a link prove that they see the same connection. `signer` is the peer that signs. */
export function linkBytes(link: {
  readonly lowPeerId: string;
  readonly highPeerId: string;
  readonly lowNonce: string;
  readonly highNonce: string;
  readonly lowFingerprint: string;
  readonly highFingerprint: string;
  readonly signer: string;
}): Uint8Array<ArrayBuffer> {
  return transcriptOf('link', [
    link.lowPeerId,
    link.highPeerId,
    link.lowNonce,
    link.highNonce,
    link.lowFingerprint,
    link.highFingerprint,
    link.signer,
  ]);
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
