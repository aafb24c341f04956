import { identityOf } from '@manyhands/protocol/id';
import { createStore, set } from 'idb-keyval';
import { describe, expect, it } from 'vitest';
import { loadIdentity } from './identity.ts';
import { createIndexedDbIdentityStore } from './identity-store.ts';

let databaseCount = 0;
const freshName = () => `test-${Date.now()}-${databaseCount++}`;

describe('identity in IndexedDB', () => {
  it('is the same for tabs that race on a first visit, and for later visits', async () => {
    const name = freshName();
    const load = () => loadIdentity(createIndexedDbIdentityStore(name));
    const tabs = await Promise.all([load(), load(), load(), load()]);
    const later = await load();
    expect(new Set([...tabs, later].map((tab) => identityOf(tab.peerId))).size).toBe(1);
    expect(later.isPersistent).toBe(true);
  });

  it('replaces what storage damaged, once', async () => {
    const name = freshName();
    const damaged = [{ alg: 'Ed25519' }, 'text', 5, { alg: 'RSA', publicKey: 'x', privateKey: {} }];
    for (const value of damaged) {
      await set('signing-keys', value, createStore(name, 'keys'));
      const first = await loadIdentity(createIndexedDbIdentityStore(name));
      const second = await loadIdentity(createIndexedDbIdentityStore(name));
      expect(first.isPersistent).toBe(true);
      expect(identityOf(first.peerId)).toBe(identityOf(second.peerId));
    }
  });

  it('replaces keys that do not belong together', async () => {
    const name = freshName();
    const generate = async () =>
      (await crypto.subtle.generateKey({ name: 'Ed25519' }, false, [
        'sign',
        'verify',
      ])) as CryptoKeyPair;
    const value = {
      alg: 'Ed25519',
      publicKey: 'A'.repeat(43),
      privateKey: (await generate()).privateKey,
    };
    await set('signing-keys', value, createStore(name, 'keys'));
    const first = await loadIdentity(createIndexedDbIdentityStore(name));
    expect(first.publicIdentity.publicKey).not.toBe(value.publicKey);
    const second = await loadIdentity(createIndexedDbIdentityStore(name));
    expect(second.publicIdentity.publicKey).toBe(first.publicIdentity.publicKey);
  });
});
