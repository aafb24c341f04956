import { decodeBase64, encodeBase64 } from '@manyhands/protocol/base64';
import type { Signal } from '@manyhands/protocol/signal';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Circle, deriveCircleKeys, openCircle } from './circle.ts';
import { createInvite } from './circle-invite.ts';
import { createIdentity, type Identity } from './identity.ts';
import { createReplayGuard } from './replay-guard.ts';
import { openSignal, sealSignal } from './sealed.ts';

const NOW_MS = 1_800_000_000_000;
const dialId = encodeBase64(new Uint8Array(32));
const signal: Signal = { type: 'offer', dialId, restart: 0, sdp: 'v=0\r\na=é' };
const failsWith = (code: string) => expect.objectContaining({ name: 'ProtocolError', code });

describe('sealed signal', () => {
  let alice: Identity;
  let bob: Identity;
  let eve: Identity;
  beforeAll(async () => {
    [alice, bob, eve] = await Promise.all([createIdentity(), createIdentity(), createIdentity()]);
  });
  const seal = (message: Signal = signal, from = alice, to = bob) =>
    sealSignal(message, { from, to: to.publicIdentity, nowMs: NOW_MS });
  const open = (
    sealed: string,
    from = alice,
    to = bob,
    nowMs = NOW_MS,
    guard = createReplayGuard(),
  ) => openSignal(sealed, { from: from.publicIdentity, to, nowMs, guard });

  it('is opened by the peer it was sealed to', async () => {
    expect(await open(await seal())).toEqual(signal);
  });

  it("is opened by nobody else, and in nobody else's name", async () => {
    const sealed = await seal();
    await expect(open(sealed, alice, eve)).rejects.toThrow(failsWith('unsealable'));
    await expect(open(sealed, eve, bob)).rejects.toThrow(failsWith('unsealable'));
  });

  it('is opened by members of the sender’s circle, and then by nobody outside', async () => {
    const newCircle = async () =>
      openCircle(await deriveCircleKeys(createInvite('A circle', Date.now() + 60_000)));
    const [circle, other] = await Promise.all([newCircle(), newCircle()]);
    const sealIn = (membership?: Circle) =>
      sealSignal(signal, { from: alice, to: bob.publicIdentity, nowMs: NOW_MS, membership });
    const openIn = (sealed: string, membership?: Circle) => {
      const guard = createReplayGuard();
      const from = alice.publicIdentity;
      return openSignal(sealed, { from, to: bob, nowMs: NOW_MS, guard, membership });
    };
    expect(await openIn(await sealIn(circle), circle)).toEqual(signal);
    for (const [sealer, opener] of [
      [circle, other],
      [circle, undefined],
      [undefined, circle],
    ]) {
      const sealed = await sealIn(sealer);
      await expect(openIn(sealed, opener)).rejects.toThrow(failsWith('unsealable'));
    }
  });

  it('is refused when the sender signed with another key than the relay says', async () => {
    // Eve seals in Alice's name: the key schedule is public, only the signature is Alice's alone.
    const forger: Identity = { ...alice, sign: eve.sign };
    await expect(open(await seal(signal, forger))).rejects.toThrow(failsWith('bad-signature'));
  });

  it('is refused after any change on the way', async () => {
    const blob = decodeBase64(await seal());
    for (const index of [0, 1, 2, 33, 34, 100, blob.length - 1]) {
      const changed = blob.slice();
      changed[index] = (changed[index] as number) ^ 1;
      await expect(open(encodeBase64(changed))).rejects.toThrow(/sealed signal/);
    }
    for (const length of [0, 1, 2, 33, 34, 49, blob.length - 1]) {
      await expect(open(encodeBase64(blob.subarray(0, length)))).rejects.toThrow(/sealed signal/);
    }
  });

  it('is not sealed to a key that the target did not certify', async () => {
    const { publicIdentity } = bob;
    const { agreement } = eve.publicIdentity;
    const to = { ...publicIdentity, agreement };
    const sealing = sealSignal(signal, { from: alice, to, nowMs: NOW_MS });
    await expect(sealing).rejects.toThrow(failsWith('bad-signature'));
  });

  it('is heard once, and not when it is old', async () => {
    const sealed = await seal();
    const guard = createReplayGuard();
    await open(sealed, alice, bob, NOW_MS + 59_000, guard);
    await expect(open(sealed, alice, bob, NOW_MS, guard)).rejects.toThrow(failsWith('replayed'));
    const late = open(sealed, alice, bob, NOW_MS + 61_000);
    await expect(late).rejects.toThrow(failsWith('replayed'));
  });

  it('has one of three sizes', async () => {
    const decline: Signal = { type: 'decline', dialId, code: 'busy' };
    const dialMe: Signal = { type: 'dial-me', dialId };
    const short = await Promise.all([seal(), seal(decline), seal(dialMe)]);
    expect(new Set(short.map((sealed) => sealed.length)).size).toBe(1);
    const long: Signal = { type: 'offer', dialId, restart: 0, sdp: '\n'.repeat(16_384) };
    expect(await open(await seal(long))).toEqual(long);
    const monstrous = { ...long, sdp: '\n'.repeat(40_000) };
    await expect(seal(monstrous)).rejects.toThrow(failsWith('too-large'));
  });

  it('differs each time it is sealed', async () => {
    expect(await seal()).not.toBe(await seal());
  });
});

describe('without Ed25519 and X25519', () => {
  afterEach(() => vi.restoreAllMocks());

  it('seals and signs with P-256, hears newer browsers, and says when it cannot seal to them', async () => {
    const modern = await createIdentity();
    const generateKey = crypto.subtle.generateKey.bind(
      crypto.subtle,
    ) as typeof crypto.subtle.generateKey;
    const old = vi.spyOn(crypto.subtle, 'generateKey').mockImplementation(((
      algorithm: { name: string },
      ...rest: [boolean, KeyUsage[]]
    ) => {
      if (algorithm.name.endsWith('25519')) {
        return Promise.reject(new DOMException('unknown', 'NotSupportedError'));
      }
      return generateKey(algorithm as EcKeyGenParams, ...rest);
    }) as typeof crypto.subtle.generateKey);
    const [a, b] = [await createIdentity(), await createIdentity()];
    expect([a.publicIdentity.alg, a.publicIdentity.agreement.alg]).toEqual(['P-256', 'P-256']);
    const send = async (from: Identity, to: Identity) => {
      const sealed = await sealSignal(signal, { from, to: to.publicIdentity, nowMs: NOW_MS });
      const guard = createReplayGuard();
      return openSignal(sealed, { from: from.publicIdentity, to, nowMs: NOW_MS, guard });
    };
    expect(await send(a, b)).toEqual(signal);
    await expect(send(a, modern)).rejects.toThrow(failsWith('unsealable'));
    old.mockRestore();
    expect(await send(modern, a)).toEqual(signal);
  });
});

describe('replay guard', () => {
  it('stays bounded without ever admitting a signal twice', () => {
    const guard = createReplayGuard();
    const admitted: [string, number][] = [];
    for (let index = 0; index < 1_000; index++) {
      const sentAtMs = NOW_MS + ((index * 37) % 500);
      if (guard.admit('a', `n${index}`, sentAtMs, NOW_MS)) admitted.push([`n${index}`, sentAtMs]);
    }
    expect(admitted.length).toBeGreaterThan(127);
    const again = admitted.filter(([nonce, sentAtMs]) => guard.admit('a', nonce, sentAtMs, NOW_MS));
    expect(again).toEqual([]);
  });

  it('refuses times that are not numbers', () => {
    expect(createReplayGuard().admit('a', 'n', Number.NaN, NOW_MS)).toBe(false);
  });
});
