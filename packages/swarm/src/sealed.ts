import { decodeBase64, encodeBase64 } from '@manyhands/protocol/base64';
import { ProtocolError } from '@manyhands/protocol/error';
import type { AgreementAlgorithm, PublicIdentity } from '@manyhands/protocol/id';
import { SEALED_BYTES_MAX } from '@manyhands/protocol/limits';
import { parseSignal, type Signal } from '@manyhands/protocol/signal';
import { circleSealBytes, sealBytes } from '@manyhands/protocol/transcript';
import { verifyPublicIdentity, verifySignature } from '@manyhands/protocol/verify';
import { AGREEMENT_KEY_BYTES, generateAgreementKeys, sharedSecretOf } from './agreement.ts';
import type { LinkMembership } from './circle.ts';
import type { Identity } from './identity.ts';
import { SEAL_CONTENT_BYTES } from './limits.ts';
import type { ReplayGuard } from './replay-guard.ts';

/**
 * A sealed blob, as base64url:
 *   version u8 | algorithm u8 | ephemeral public key (32 or 65) | AES-GCM ciphertext with its tag.
 * The content, little-endian, padded with zeros to a fixed size:
 *   signature 64 | nonce 16 | sentAtMs f64 | text length u32 | the signal as JSON.
 * The AES key comes from the ephemeral key and the receiver's agreement key, and is used once, so the
 * IV is zero. The signature is inside: only the receiver learns that, and what, the sender signed. Inside a
 * circle the key comes from a share of the circle's too, so a stranger's blob is no blob there.
 */
const SEAL_VERSION = 1;
const ALGORITHMS: readonly AgreementAlgorithm[] = ['X25519', 'P-256'];
const NONCE_OFFSET = 64;
const TIME_OFFSET = 80;
const LENGTH_OFFSET = 88;
const TEXT_OFFSET = 92;

/** Seals a signal to one peer. Throws `ProtocolError` `unsealable`, `bad-signature`, `too-large`. */
export async function sealSignal(
  signal: Signal,
  ends: {
    readonly from: Identity;
    readonly to: PublicIdentity;
    readonly nowMs: number;
    readonly membership?: Membership;
  },
): Promise<string> {
  const { from, to, nowMs, membership } = ends;
  // A relay could hand out its own agreement key for somebody else's peer id.
  await requireIdentity(to);
  const text = new TextEncoder().encode(JSON.stringify(signal));
  const contentLength = SEAL_CONTENT_BYTES.find((length) => TEXT_OFFSET + text.length <= length);
  if (contentLength === undefined) {
    throw new ProtocolError('too-large', `A signal of ${text.length} bytes cannot be sealed.`);
  }
  const { alg } = to.agreement;
  const ephemeral = await generateAgreementKeys(alg).catch((cause: unknown) => {
    throw new ProtocolError('unsealable', `This browser lacks ${alg}; update it.`, { cause });
  });
  const nonce = crypto.getRandomValues(new Uint8Array(16));
  const signature = await from.sign(
    await signedBytes(from.peerId, to, ephemeral.publicKey, nonce, nowMs, text),
  );
  const content = new Uint8Array(contentLength);
  const view = new DataView(content.buffer);
  content.set(decodeBase64(signature), 0);
  content.set(nonce, NONCE_OFFSET);
  view.setFloat64(TIME_OFFSET, nowMs, true);
  view.setUint32(LENGTH_OFFSET, text.length, true);
  content.set(text, TEXT_OFFSET);
  const header = headerOf(alg, decodeBase64(ephemeral.publicKey));
  const receiverKey = decodeBase64(to.agreement.publicKey);
  const secret = await sharedSecretOf(alg, ephemeral.privateKey, receiverKey).catch(
    (cause: unknown) => {
      throw new ProtocolError('unsealable', "A peer's agreement key is unusable.", { cause });
    },
  );
  const key = await contentKeyOf({ secret, header, from: from.peerId, to: to.peerId, membership });
  const parameters = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: header };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(parameters, key, content));
  const blob = new Uint8Array(header.length + ciphertext.length);
  blob.set(header);
  blob.set(ciphertext, header.length);
  return encodeBase64(blob);
}

/**
 * Opens a blob that `from` sealed to `to`. Throws `ProtocolError`: `malformed`, `unsealable` (not for
 * us, or changed on the way), `bad-signature` (not from them), `replayed`.
 */
export async function openSignal(
  sealed: string,
  ends: {
    readonly from: PublicIdentity;
    readonly to: Identity;
    readonly nowMs: number;
    readonly guard: ReplayGuard;
    readonly membership?: Membership;
  },
): Promise<Signal> {
  const { from, to } = ends;
  const { header, ephemeralKey, ciphertext } = splitBlob(sealed, to.publicIdentity.agreement.alg);
  await requireIdentity(from);
  const content = await decrypt({ header, ephemeralKey, ciphertext }, ends);
  const view = new DataView(content.buffer);
  const textLength = content.length < TEXT_OFFSET ? -1 : view.getUint32(LENGTH_OFFSET, true);
  if (textLength < 0 || textLength > content.length - TEXT_OFFSET) {
    throw new ProtocolError('malformed', 'A sealed signal is malformed.');
  }
  const text = content.slice(TEXT_OFFSET, TEXT_OFFSET + textLength);
  const nonce = content.slice(NONCE_OFFSET, TIME_OFFSET);
  const sentAtMs = view.getFloat64(TIME_OFFSET, true);
  const signature = encodeBase64(content.subarray(0, NONCE_OFFSET));
  const signed = await signedBytes(
    from.peerId,
    to.publicIdentity,
    encodeBase64(ephemeralKey),
    nonce,
    sentAtMs,
    text,
  );
  if (!(await verifySignature(from.publicKey, from.alg, signature, signed))) {
    throw new ProtocolError('bad-signature', 'A sealed signal is not from who it says.');
  }
  if (!ends.guard.admit(from.peerId, encodeBase64(nonce), sentAtMs, ends.nowMs)) {
    throw new ProtocolError('replayed', 'A sealed signal is old, or was seen before.');
  }
  return parseSignal(new TextDecoder().decode(text));
}

async function decrypt(
  { header, ephemeralKey, ciphertext }: ReturnType<typeof splitBlob>,
  ends: Pick<Parameters<typeof openSignal>[1], 'from' | 'to' | 'membership'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { from, to, membership } = ends;
  try {
    const secret = await to.agree(ephemeralKey);
    const peers = { from: from.peerId, to: to.peerId };
    const key = await contentKeyOf({ secret, header, ...peers, membership });
    const parameters = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: header };
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, ciphertext));
  } catch (cause) {
    throw new ProtocolError('unsealable', 'A sealed signal cannot be opened here.', { cause });
  }
}

function splitBlob(sealed: string, alg: AgreementAlgorithm) {
  if (sealed.length > SEALED_BYTES_MAX) {
    throw new ProtocolError('too-large', `A sealed signal has ${sealed.length} bytes.`);
  }
  const blob = decodeBase64(sealed);
  const headerLength = 2 + AGREEMENT_KEY_BYTES[alg];
  if (blob[0] !== SEAL_VERSION || ALGORITHMS[blob[1] ?? -1] !== alg || blob.length < headerLength) {
    throw new ProtocolError('malformed', 'A sealed signal is malformed.');
  }
  return {
    header: blob.slice(0, headerLength),
    ephemeralKey: blob.slice(2, headerLength),
    ciphertext: blob.slice(headerLength),
  };
}

function headerOf(
  alg: AgreementAlgorithm,
  ephemeralKey: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(2 + ephemeralKey.length);
  header[0] = SEAL_VERSION;
  header[1] = ALGORITHMS.indexOf(alg);
  header.set(ephemeralKey, 2);
  return header;
}

type Membership = Pick<LinkMembership, 'sealShare'> | undefined;

/** HKDF over the shared secret; both peer ids and the ephemeral key are bound into the key. */
async function contentKeyOf(parts: {
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly header: Uint8Array<ArrayBuffer>;
  readonly from: string;
  readonly to: string;
  readonly membership: Membership;
}): Promise<CryptoKey> {
  const { secret, header, from, to, membership } = parts;
  const bytes = circleSealBytes({ from, to, header: encodeBase64(header) });
  const share = (await membership?.sealShare(bytes)) ?? new Uint8Array(0);
  const shared = new Uint8Array(secret.length + share.length);
  shared.set(secret);
  shared.set(share, secret.length);
  const material = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const info = new TextEncoder().encode(`manyhands/1/seal-key ${from} ${to}`);
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: header, info };
  const aes = { name: 'AES-GCM', length: 256 };
  return crypto.subtle.deriveKey(parameters, material, aes, false, ['encrypt', 'decrypt']);
}

async function signedBytes(
  from: string,
  to: PublicIdentity,
  ephemeralKey: string,
  nonce: Uint8Array,
  sentAtMs: number,
  text: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return sealBytes({
    from,
    to: to.peerId,
    agreementKey: to.agreement.publicKey,
    ephemeralKey,
    nonce: encodeBase64(nonce),
    sentAtMs,
    contentHash: encodeBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', text))),
  });
}

async function requireIdentity(identity: PublicIdentity): Promise<void> {
  if (await verifyPublicIdentity(identity)) return;
  throw new ProtocolError('bad-signature', "A peer's identity is not proven.");
}
