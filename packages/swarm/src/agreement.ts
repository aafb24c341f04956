import { encodeBase64 } from '@manyhands/protocol/base64';
import type { AgreementAlgorithm } from '@manyhands/protocol/id';

export interface AgreementKeys {
  readonly alg: AgreementAlgorithm;
  readonly publicKey: string;
  readonly privateKey: CryptoKey;
}

/** Raw public keys: 32 bytes, or an uncompressed point. */
export const AGREEMENT_KEY_BYTES: Readonly<Record<AgreementAlgorithm, number>> = {
  X25519: 32,
  'P-256': 65,
};

/** Fresh keys of `alg`, or of the best algorithm this browser has. */
export async function generateAgreementKeys(alg?: AgreementAlgorithm): Promise<AgreementKeys> {
  if (alg === undefined) {
    return generateAgreementKeys('X25519').catch(() => generateAgreementKeys('P-256'));
  }
  const usages: KeyUsage[] = ['deriveBits'];
  const pair = (await crypto.subtle.generateKey(PARAMETERS[alg], false, usages)) as CryptoKeyPair;
  const raw = await crypto.subtle.exportKey('raw', pair.publicKey);
  return { alg, publicKey: encodeBase64(new Uint8Array(raw)), privateKey: pair.privateKey };
}

/** Rejects on a public key that is malformed or of small order (WebCrypto checks the result). */
export async function sharedSecretOf(
  alg: AgreementAlgorithm,
  privateKey: CryptoKey,
  publicKey: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', publicKey, PARAMETERS[alg], false, []);
  const parameters = { name: PARAMETERS[alg].name, public: key };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, privateKey, 256));
}

const PARAMETERS = {
  X25519: { name: 'X25519' },
  'P-256': { name: 'ECDH', namedCurve: 'P-256' },
} as const satisfies Record<AgreementAlgorithm, object>;
