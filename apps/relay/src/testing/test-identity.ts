import { encodeBase64 } from '@manyhands/protocol/base64';
import type { DirectoryEntry, Holding, SignedEntry } from '@manyhands/protocol/directory';
import type { PublicIdentity } from '@manyhands/protocol/id';
import { agreementKeyBytes, directoryEntryBytes } from '@manyhands/protocol/transcript';
import { identityIdOf } from '@manyhands/protocol/verify';

/** A key pair made the way a tab makes it, with what tests need to sign. */
export interface TestIdentity {
  readonly publicIdentity: PublicIdentity;
  readonly tabId: string;
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
  signEntry(entry: DirectoryEntry): Promise<SignedEntry>;
}

export type TestAlgorithm = 'Ed25519' | 'P-256';

export async function createTestIdentity(alg: TestAlgorithm = 'Ed25519'): Promise<TestIdentity> {
  const generate = alg === 'Ed25519' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256' };
  const parameters = alg === 'Ed25519' ? { name: 'Ed25519' } : { name: 'ECDSA', hash: 'SHA-256' };
  const keys = (await crypto.subtle.generateKey(generate, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const publicKey = await rawKey(keys.publicKey);
  const agreementKeys = (await crypto.subtle.generateKey({ name: 'X25519' }, true, [
    'deriveBits',
  ])) as CryptoKeyPair;
  const sign = async (bytes: Uint8Array<ArrayBuffer>) =>
    encodeBase64(new Uint8Array(await crypto.subtle.sign(parameters, keys.privateKey, bytes)));
  const tabId = randomText(8);
  const peerId = `${await identityIdOf(alg, publicKey)}.${tabId}`;
  const agreement = { alg: 'X25519' as const, publicKey: await rawKey(agreementKeys.publicKey) };
  const signature = await sign(agreementKeyBytes({ ...agreement, peerId }));
  return {
    tabId,
    publicIdentity: { peerId, alg, publicKey, agreement: { ...agreement, signature } },
    sign,
    async signEntry(entry) {
      const payload = JSON.stringify(entry);
      return { payload, signature: await sign(directoryEntryBytes(payload)) };
    },
  };
}

export function randomText(byteLength: number): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(byteLength)));
}

/** What a serving tab says about itself; `holdings` decide what it holds. */
export function entryOf(
  identity: TestIdentity,
  holdings: readonly Holding[],
  more: Partial<DirectoryEntry> = {},
): DirectoryEntry {
  return {
    identity: identity.publicIdentity,
    sequence: 1,
    announcedAtMs: Date.now(),
    holdings: [...holdings],
    memoryBytes: 2 ** 30,
    numericClass: 'webgpu-f32',
    deviceKind: 'desktop',
    state: 'serving',
    sessions: 0,
    sessionsMax: 4,
    ...more,
  };
}

export function holdingOf(modelRoot: string, firstBlock: number, endBlock: number): Holding {
  return {
    kind: 'blocks',
    modelRoot,
    firstBlock,
    endBlock,
    embeds: firstBlock === 0,
    heads: false,
    msPerBlock: 1.5,
    positionsMax: 256,
  };
}

async function rawKey(key: CryptoKey): Promise<string> {
  return encodeBase64(new Uint8Array(await crypto.subtle.exportKey('raw', key)));
}
