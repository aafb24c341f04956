import { PROTOCOL_VERSIONS } from '@manyhands/protocol/version';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestIdentity, randomText } from '../testing/test-identity.ts';
import { connect, greet, openSocket, prove } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay } from '../testing/test-relay.ts';

let test: TestRelay;
let nowMs = 1_700_000_000_000;
beforeAll(async () => {
  test = await startTestRelay({
    now: () => nowMs,
    iceServers: [{ urls: 'stun:stun.example.org' }],
    relays: ['https://relay.example.org'],
  });
});
afterAll(() => test.dispose());

describe('the key challenge', () => {
  it.each(['Ed25519', 'P-256'] as const)('welcomes a peer that holds its %s key', async (alg) => {
    const identity = await createTestIdentity(alg);
    const peer = await openSocket(test.relay, { identity });
    const nonce = await greet(peer);
    const challenge = await peer.next('challenge');
    expect(challenge).toMatchObject({
      version: PROTOCOL_VERSIONS.max,
      relayId: test.relay.relayId,
    });
    await prove(peer, test.relay.url, { nonce, challenge });
    expect(await peer.next('welcome')).toEqual({
      type: 'welcome',
      peerId: identity.publicIdentity.peerId,
      iceServers: [{ urls: 'stun:stun.example.org' }],
      relays: ['https://relay.example.org'],
      nowMs,
    });
    peer.close();
  });

  it.each([
    ['that is newer, by its own fault', { min: 7, max: 9 }, 'relay-outdated'],
    ['of pages from before whole models', { min: 1, max: 1 }, 'version'],
  ])('refuses a version %s', async (_, versions, code) => {
    const peer = await openSocket(test.relay);
    await greet(peer, versions);
    expect(await peer.next('refused')).toMatchObject({ code, fatal: true });
    expect(await peer.closed()).toBe(1008);
  });

  it.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of another relay', { relayId: 'A'.repeat(22) }],
    ['of another challenge', { relayNonce: randomText(32) }],
    ['of another hello', { clientNonce: randomText(32) }],
  ])('refuses a signature %s', async (_, wrong) => {
    const peer = await openSocket(test.relay);
    const nonce = await greet(peer);
    const challenge = await peer.next('challenge');
    await prove(peer, 'origin' in wrong ? wrong.origin : test.relay.url, {
      nonce: 'clientNonce' in wrong ? wrong.clientNonce : nonce,
      challenge: {
        ...challenge,
        ...('relayId' in wrong ? { relayId: wrong.relayId } : {}),
        ...('relayNonce' in wrong ? { nonce: wrong.relayNonce } : {}),
      },
    });
    expect(await peer.next('refused')).toMatchObject({ code: 'bad-signature', fatal: true });
    expect(await peer.closed()).toBe(1008);
  });

  it('refuses an agreement key that the identity did not certify', async () => {
    const [identity, other] = [await createTestIdentity(), await createTestIdentity()];
    const { agreement } = other.publicIdentity;
    const swapped = { ...identity, publicIdentity: { ...identity.publicIdentity, agreement } };
    const peer = await openSocket(test.relay, { identity: swapped });
    const nonce = await greet(peer);
    await prove(peer, test.relay.url, { nonce, challenge: await peer.next('challenge') });
    expect(await peer.next('refused')).toMatchObject({ code: 'bad-signature', fatal: true });
  });

  it.each(['{"type":"withdraw"}', '{"type":"prove"}', 'not json', '{"type":"hello"}', '[]'])(
    'closes after %s instead of a hello',
    async (text) => {
      const peer = await openSocket(test.relay);
      peer.sendText(text);
      expect(await peer.next('refused')).toMatchObject({ code: 'malformed', fatal: true });
      await peer.closed();
    },
  );

  it('closes a socket that proves nothing within five seconds', async () => {
    const peer = await openSocket(test.relay);
    await greet(peer);
    await peer.next('challenge');
    nowMs += 5_000;
    expect(await peer.next('refused')).toMatchObject({ code: 'handshake-timeout', fatal: true });
    await peer.closed();
  });

  it('keeps one socket of a tab, the newest', async () => {
    const identity = await createTestIdentity();
    const older = await connect(test.relay, { identity });
    const newer = await connect(test.relay, { identity });
    expect(await older.next('refused')).toMatchObject({ code: 'replaced', fatal: true });
    await older.closed();
    newer.send({ type: 'watch-network' });
    expect((await newer.next('network')).peers).toBeGreaterThan(0);
    newer.close();
  });
});
