import { describe, expect, it } from 'vitest';
import {
  agreementKeyBytes,
  blindedRootBytes,
  circleEntryBytes,
  circleKeyBytes,
  circleSealBytes,
  directoryEntryBytes,
  linkBytes,
  membershipBytes,
  relayHelloBytes,
  sealBytes,
  tunnelBytes,
} from './transcript.ts';

const hello = {
  origin: 'https://example.org',
  relayId: 'relay',
  version: 1,
  tabId: 'tab',
  publicKey: 'key',
  alg: 'Ed25519',
  clientNonce: 'c',
  relayNonce: 'r',
};
const link = {
  lowPeerId: 'a',
  highPeerId: 'b',
  lowNonce: 'c',
  highNonce: 'd',
  lowFingerprint: 'e',
  highFingerprint: 'f',
  signer: 'a',
};
const seal = {
  from: 'a',
  to: 'b',
  agreementKey: 'c',
  ephemeralKey: 'd',
  nonce: 'e',
  sentAtMs: 5,
  contentHash: 'f',
};
const tunnel = { tunnelId: 'a', lowPeerId: 'b', highPeerId: 'c', lowKey: 'd', highKey: 'e' };
const circle = { purpose: 'link', version: 1, expiresAtMs: 5, name: 'n' };
const circleSeal = { from: 'a', to: 'b', header: 'c' };
const key = { alg: 'X25519', publicKey: 'k', peerId: 'p' };

describe('transcript', () => {
  it('is these exact bytes: length and text of each field, the domain first', () => {
    const fields = { alg: 'x', publicKey: '', peerId: 'é' };
    const text = '\x19\0\0\0manyhands/1/agreement-key\x01\0\0\0x\0\0\0\0\x02\0\0\0é';
    expect(agreementKeyBytes(fields)).toEqual(new TextEncoder().encode(text));
  });

  it.each([
    ['relayHelloBytes', relayHelloBytes as (fields: never) => Uint8Array, hello],
    ['linkBytes', linkBytes as (fields: never) => Uint8Array, link],
    ['sealBytes', sealBytes as (fields: never) => Uint8Array, seal],
    ['tunnelBytes', tunnelBytes as (fields: never) => Uint8Array, tunnel],
    ['membershipBytes', membershipBytes as (fields: never) => Uint8Array, link],
    ['circleKeyBytes', circleKeyBytes as (fields: never) => Uint8Array, circle],
    ['circleSealBytes', circleSealBytes as (fields: never) => Uint8Array, circleSeal],
    ['agreementKeyBytes', agreementKeyBytes as (fields: never) => Uint8Array, key],
  ])('%s changes with every field', (_, bytesOf, fields) => {
    const seen = new Set([String(bytesOf(fields as never))]);
    for (const [name, value] of Object.entries(fields)) {
      seen.add(
        String(bytesOf({ ...fields, [name]: value === 5 || value === 1 ? 2 : 'z' } as never)),
      );
    }
    expect(seen.size).toBe(Object.keys(fields).length + 1);
  });

  it('cannot be confused by shifting text between fields or between domains', () => {
    expect(agreementKeyBytes({ ...key, publicKey: 'kp', peerId: '' })).not.toEqual(
      agreementKeyBytes({ ...key, publicKey: 'k', peerId: 'p' }),
    );
    expect(directoryEntryBytes('x')).not.toEqual(directoryEntryBytes('y'));
    const starts = [
      relayHelloBytes(hello),
      linkBytes(link),
      sealBytes(seal),
      agreementKeyBytes(key),
      tunnelBytes(tunnel),
      membershipBytes(link),
      circleKeyBytes({ ...circle, purpose: 'link' }),
      circleSealBytes(circleSeal),
      blindedRootBytes('x'),
      circleEntryBytes('x'),
    ];
    expect(new Set(starts.map((bytes) => String(bytes.slice(0, 24)))).size).toBe(starts.length);
  });
});
