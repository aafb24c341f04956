import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from './base64.ts';
import type { DirectoryEntry } from './directory.ts';
import type { PublicIdentity, SignatureAlgorithm } from './id.ts';
import { agreementKeyBytes, directoryEntryBytes } from './transcript.ts';
import {
  identityIdOf,
  KEY_PARAMETERS,
  SIGN_PARAMETERS,
  verifyEntry,
  verifyPublicIdentity,
  verifySignature,
} from './verify.ts';

const NOW_MS = 1_800_000_000_000;

describe.each(['Ed25519', 'P-256'] as const)('verification with %s', (alg) => {
  it('accepts a right signature and nothing else', async () => {
    const signer = await createSigner(alg);
    const bytes = Uint8Array.of(1, 2, 3);
    const signature = await signer.sign(bytes);
    const check = (key: string, text: string, message = bytes) =>
      verifySignature(key, alg, text, message);
    expect(await check(signer.publicKey, signature)).toBe(true);
    expect(await check(signer.publicKey, signature, Uint8Array.of(1, 2, 4))).toBe(false);
    expect(await check((await createSigner(alg)).publicKey, signature)).toBe(false);
    expect(await check(signer.publicKey, flip(signature))).toBe(false);
    expect(await check(signer.publicKey, signature.slice(4))).toBe(false);
    expect(await check('AAAA', signature)).toBe(false);
    expect(await check('***', signature)).toBe(false);
    expect(await check(signer.publicKey, '')).toBe(false);
  });

  it('accepts an identity only whole', async () => {
    const { identity } = await createSigner(alg);
    const other = (await createSigner(alg)).identity;
    expect(await verifyPublicIdentity(identity)).toBe(true);
    const forged: PublicIdentity[] = [
      { ...identity, peerId: other.peerId },
      { ...identity, peerId: `${identity.peerId.slice(0, 23)}AAAAAAAAAAA` },
      { ...identity, publicKey: other.publicKey },
      { ...identity, alg: alg === 'P-256' ? 'Ed25519' : 'P-256' },
      { ...identity, agreement: other.agreement },
      { ...identity, agreement: { ...identity.agreement, publicKey: other.agreement.publicKey } },
      { ...identity, agreement: { ...identity.agreement, alg: 'P-256' } },
    ];
    for (const one of forged) expect(await verifyPublicIdentity(one)).toBe(false);
  });

  it('accepts a directory entry that is signed and fresh', async () => {
    const signer = await createSigner(alg);
    const signed = await signer.entry({});
    expect((await verifyEntry(signed, NOW_MS + 80_000)).sequence).toBe(1);
    const failsWith = (code: string) => expect.objectContaining({ name: 'ProtocolError', code });
    const later = verifyEntry(signed, NOW_MS + 90_001);
    await expect(later).rejects.toThrow(failsWith('replayed'));
    const early = verifyEntry(signed, NOW_MS - 60_001);
    await expect(early).rejects.toThrow(failsWith('replayed'));
    const changed = { ...signed, payload: signed.payload.replace('"sequence":1', '"sequence":2') };
    await expect(verifyEntry(changed, NOW_MS)).rejects.toThrow(failsWith('bad-signature'));
    const swapped = { ...signed, signature: (await signer.entry({ sequence: 9 })).signature };
    await expect(verifyEntry(swapped, NOW_MS)).rejects.toThrow(failsWith('bad-signature'));
    const stolen = await signer.entry({ identity: (await createSigner(alg)).identity });
    await expect(verifyEntry(stolen, NOW_MS)).rejects.toThrow(failsWith('bad-signature'));
    for (const payload of [
      '',
      '{',
      '[]',
      '{"sequence":1}',
      signed.payload.replace('{', '{"x":1,'),
    ]) {
      const malformed = verifyEntry({ ...signed, payload }, NOW_MS);
      await expect(malformed).rejects.toThrow(failsWith('malformed'));
    }
  });
});

async function createSigner(alg: SignatureAlgorithm) {
  const pair = (await crypto.subtle.generateKey(KEY_PARAMETERS[alg], false, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const raw = await crypto.subtle.exportKey('raw', pair.publicKey);
  const publicKey = encodeBase64(new Uint8Array(raw));
  const sign = async (bytes: Uint8Array<ArrayBuffer>) =>
    encodeBase64(
      new Uint8Array(await crypto.subtle.sign(SIGN_PARAMETERS[alg], pair.privateKey, bytes)),
    );
  const peerId = `${await identityIdOf(alg, publicKey)}.${encodeBase64(random(8))}`;
  const agreement = { alg: 'X25519' as const, publicKey: encodeBase64(random(32)) };
  const identity: PublicIdentity = {
    peerId,
    alg,
    publicKey,
    agreement: {
      ...agreement,
      signature: await sign(agreementKeyBytes({ ...agreement, peerId })),
    },
  };
  const entry = async (fields: Partial<DirectoryEntry>) => {
    const payload = JSON.stringify({
      identity,
      sequence: 1,
      announcedAtMs: NOW_MS,
      holdings: [],
      memoryBytes: 1,
      numericClass: 'wasm-f32',
      deviceKind: 'desktop',
      state: 'serving',
      sessions: 0,
      sessionsMax: 4,
      ...fields,
    } satisfies DirectoryEntry);
    return { payload, signature: await sign(directoryEntryBytes(payload)) };
  };
  return { publicKey, sign, identity, entry };
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

function flip(signature: string): string {
  const bytes = decodeBase64(signature);
  bytes[10] = (bytes[10] as number) ^ 1;
  return encodeBase64(bytes);
}
