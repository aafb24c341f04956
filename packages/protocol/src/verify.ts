import * as v from 'valibot';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { DirectoryEntry, type SignedEntry } from './directory.ts';
import { ProtocolError } from './error.ts';
import { identityOf, type PublicIdentity, type SignatureAlgorithm } from './id.ts';
import { ANNOUNCE_INTERVAL_MS, ANNOUNCE_MISSES_MAX, CLOCK_TOLERANCE_MS } from './limits.ts';
import { agreementKeyBytes, directoryEntryBytes } from './transcript.ts';

/** Names an identity: the first 16 bytes of SHA-256 over `alg:publicKey`, as base64url. */
export async function identityIdOf(alg: SignatureAlgorithm, publicKey: string): Promise<string> {
  const text = new TextEncoder().encode(`${alg}:${publicKey}`);
  const digest = await crypto.subtle.digest('SHA-256', text);
  return encodeBase64(new Uint8Array(digest, 0, 16));
}

/** Whether `signature` over `bytes` was made by the key. Malformed keys and signatures give false. */
export async function verifySignature(
  publicKey: string,
  alg: SignatureAlgorithm,
  signature: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    const raw = decodeBase64(publicKey);
    const key = await crypto.subtle.importKey('raw', raw, KEY_PARAMETERS[alg], false, ['verify']);
    return await crypto.subtle.verify(SIGN_PARAMETERS[alg], key, decodeBase64(signature), bytes);
  } catch {
    // Whatever WebCrypto dislikes about a stranger's key or signature means that it proves nothing.
    return false;
  }
}

/** Whether the peer id belongs to the key and the key certified this tab and its agreement key. */
export async function verifyPublicIdentity(identity: PublicIdentity): Promise<boolean> {
  const { alg, publicKey, peerId, agreement } = identity;
  if (identityOf(peerId) !== (await identityIdOf(alg, publicKey))) return false;
  const certified = agreementKeyBytes({ ...agreement, peerId });
  return verifySignature(publicKey, alg, agreement.signature, certified);
}

/**
 * Parses a directory entry and proves it. Throws `malformed`, `bad-signature`, or `replayed` for one
 * older than the lease (or from the future) by more than two clocks may differ.
 */
export async function verifyEntry(signed: SignedEntry, nowMs: number): Promise<DirectoryEntry> {
  const entry = parseEntry(signed.payload);
  const ageMs = nowMs - entry.announcedAtMs;
  const leaseMs = ANNOUNCE_INTERVAL_MS * ANNOUNCE_MISSES_MAX;
  if (ageMs > leaseMs + CLOCK_TOLERANCE_MS || ageMs < -CLOCK_TOLERANCE_MS) {
    throw new ProtocolError('replayed', 'A directory entry is too old, or a clock is wrong.');
  }
  const { identity } = entry;
  const isProven =
    (await verifyPublicIdentity(identity)) &&
    (await verifySignature(
      identity.publicKey,
      identity.alg,
      signed.signature,
      directoryEntryBytes(signed.payload),
    ));
  if (!isProven) throw new ProtocolError('bad-signature', 'A directory entry is not proven.');
  return entry;
}

/** Parameters for `sign` and `verify` of each algorithm. */
export const SIGN_PARAMETERS = {
  Ed25519: { name: 'Ed25519' },
  'P-256': { name: 'ECDSA', hash: 'SHA-256' },
} as const satisfies Record<SignatureAlgorithm, object>;

/** Parameters for `generateKey` and `importKey` of each algorithm. */
export const KEY_PARAMETERS = {
  Ed25519: { name: 'Ed25519' },
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
} as const satisfies Record<SignatureAlgorithm, object>;

function parseEntry(payload: string): DirectoryEntry {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch (cause) {
    throw new ProtocolError('malformed', 'A directory entry is not JSON.', { cause });
  }
  const result = v.safeParse(DirectoryEntry, value);
  if (!result.success) {
    throw new ProtocolError(
      'malformed',
      `A directory entry is malformed: ${v.getDotPath(result.issues[0]) ?? 'root'}.`,
    );
  }
  return result.output;
}
