import { identityOf } from '@manyhands/protocol/id';
import { verifyPublicIdentity, verifySignature } from '@manyhands/protocol/verify';
import { describe, expect, it } from 'vitest';
import { createIdentity, loadIdentity } from './identity.ts';
import { createMemoryIdentityStore } from './identity-store.ts';

describe('identity', () => {
  it('proves itself and signs', async () => {
    const identity = await createIdentity();
    const { publicIdentity } = identity;
    expect(await verifyPublicIdentity(publicIdentity)).toBe(true);
    const bytes = Uint8Array.of(1, 2, 3);
    const signature = await identity.sign(bytes);
    const { publicKey, alg } = publicIdentity;
    expect(await verifySignature(publicKey, alg, signature, bytes)).toBe(true);
  });

  it('is one identity with a tab of its own for each load', async () => {
    const store = createMemoryIdentityStore();
    const [first, second] = await Promise.all([loadIdentity(store), loadIdentity(store)]);
    expect(identityOf(first.peerId)).toBe(identityOf(second.peerId));
    expect(first.peerId).not.toBe(second.peerId);
    expect(first.isPersistent).toBe(true);
    const agreementKeys = [first, second].map((one) => one.publicIdentity.agreement.publicKey);
    expect(new Set(agreementKeys).size).toBe(2);
  });

  it('passes with the page where storage is blocked', async () => {
    const blocked = { keep: () => Promise.reject(new DOMException('denied', 'SecurityError')) };
    const identity = await loadIdentity(blocked);
    expect(identity.isPersistent).toBe(false);
    expect(await verifyPublicIdentity(identity.publicIdentity)).toBe(true);
  });
});
