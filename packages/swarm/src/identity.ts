import { decodeBase64, encodeBase64 } from '@manyhands/protocol/base64';
import type { PeerId, PublicIdentity, SignatureAlgorithm } from '@manyhands/protocol/id';
import { agreementKeyBytes } from '@manyhands/protocol/transcript';
import { identityIdOf, KEY_PARAMETERS, SIGN_PARAMETERS } from '@manyhands/protocol/verify';
import { generateAgreementKeys, sharedSecretOf } from './agreement.ts';
import { SwarmError } from './error.ts';

/** The key pair of a browser profile; the private half cannot leave WebCrypto. */
export interface SigningKeys {
  readonly alg: SignatureAlgorithm;
  readonly publicKey: string;
  readonly privateKey: CryptoKey;
}

/** Keeps the signing keys between visits. */
export interface IdentityStore {
  /** The kept keys, or `created` kept now: every caller gets the same, however many tabs race. */
  keep(create: () => Promise<SigningKeys>): Promise<SigningKeys>;
}

/** Who this tab is: the profile's signing key, a tab id and an agreement key of this page load. */
export interface Identity {
  readonly peerId: PeerId;
  readonly publicIdentity: PublicIdentity;
  /** False where storage is blocked: the next visit will be somebody else. */
  readonly isPersistent: boolean;
  /** Signature as base64url, by the profile's key. */
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
  /** Secret shared with the holder of `publicKey`, which must be of this identity's agreement algorithm. */
  agree(publicKey: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

/** An identity that ends with the page (or the test). */
export async function createIdentity(): Promise<Identity> {
  requireCrypto();
  return composeIdentity(await generateSigningKeys(), false);
}

/** The identity of this profile, made on the first visit; without working storage, a passing one. */
export async function loadIdentity(store: IdentityStore): Promise<Identity> {
  requireCrypto();
  const keys = await store.keep(generateSigningKeys).catch(() => undefined);
  // Firefox's private windows and blocked site data refuse IndexedDB or the keys in it.
  return keys === undefined ? createIdentity() : composeIdentity(keys, true);
}

/** Ed25519 where WebCrypto has it, else ECDSA P-256; not extractable. */
export async function generateSigningKeys(): Promise<SigningKeys> {
  const { alg, pair } = await generate('Ed25519').catch(() => generate('P-256'));
  const raw = await crypto.subtle.exportKey('raw', pair.publicKey);
  return { alg, publicKey: encodeBase64(new Uint8Array(raw)), privateKey: pair.privateKey };
}

/** Whether kept keys still work together; storage may come back damaged. */
export async function areKeysSound(keys: SigningKeys): Promise<boolean> {
  try {
    const probe = new Uint8Array(32);
    const { alg, publicKey, privateKey } = keys;
    const signature = await crypto.subtle.sign(SIGN_PARAMETERS[alg], privateKey, probe);
    const raw = decodeBase64(publicKey);
    const key = await crypto.subtle.importKey('raw', raw, KEY_PARAMETERS[alg], false, ['verify']);
    return await crypto.subtle.verify(SIGN_PARAMETERS[alg], key, signature, probe);
  } catch {
    return false;
  }
}

async function composeIdentity(keys: SigningKeys, isPersistent: boolean): Promise<Identity> {
  const sign = async (bytes: Uint8Array<ArrayBuffer>) => {
    const signature = await crypto.subtle.sign(SIGN_PARAMETERS[keys.alg], keys.privateKey, bytes);
    return encodeBase64(new Uint8Array(signature));
  };
  // A tab id and an agreement key of its own for every page load: tabs of one profile are told apart,
  // and what was sealed to a closed tab can never be opened again.
  const tabId = encodeBase64(crypto.getRandomValues(new Uint8Array(8)));
  const peerId = `${await identityIdOf(keys.alg, keys.publicKey)}.${tabId}`;
  const agreement = await generateAgreementKeys();
  const certified = { alg: agreement.alg, publicKey: agreement.publicKey, peerId };
  const publicIdentity: PublicIdentity = {
    peerId,
    alg: keys.alg,
    publicKey: keys.publicKey,
    agreement: {
      alg: agreement.alg,
      publicKey: agreement.publicKey,
      signature: await sign(agreementKeyBytes(certified)),
    },
  };
  const agree = (publicKey: Uint8Array<ArrayBuffer>) =>
    sharedSecretOf(agreement.alg, agreement.privateKey, publicKey);
  return { peerId, publicIdentity, isPersistent, sign, agree };
}

async function generate(
  alg: SignatureAlgorithm,
): Promise<{ alg: SignatureAlgorithm; pair: CryptoKeyPair }> {
  const usages: KeyUsage[] = ['sign', 'verify'];
  const pair = await crypto.subtle.generateKey(KEY_PARAMETERS[alg], false, usages);
  return { alg, pair: pair as CryptoKeyPair };
}

function requireCrypto(): void {
  if (globalThis.crypto?.subtle !== undefined) return;
  if (globalThis.isSecureContext === false) {
    throw new SwarmError('insecure-context', 'Open this page over https:// or on localhost.');
  }
  throw new SwarmError('crypto-unavailable', 'This browser lacks WebCrypto; update it.');
}
