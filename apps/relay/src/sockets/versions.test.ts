import type { ToRelay } from '@manyhands/protocol/relay-message';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MALFORMED_MAX } from '../limits.ts';
import { entryOf, holdingOf } from '../testing/test-identity.ts';
import { connect, type TestPeer, type TestPeerOptions } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay } from '../testing/test-relay.ts';

const OLD = { min: 4, max: 4 };
let test: TestRelay;
beforeAll(async () => {
  test = await startTestRelay();
});
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await vi.waitFor(() => expect(test.relay.peerCount).toBe(0));
});
afterAll(() => test.dispose());

const peers: TestPeer[] = [];
async function join(options?: TestPeerOptions, relay = test.relay): Promise<TestPeer> {
  const peer = await connect(relay, { origin: relay.url, ...options });
  peers.push(peer);
  return peer;
}
const report = (modelRoot: string): ToRelay => ({
  type: 'report',
  requestId: 7,
  reason: 'other',
  modelRoot,
  peerIds: [],
});
/** One holds a model and the other finds and signals it. */
async function meet(volunteer: TestPeer, asker: TestPeer): Promise<void> {
  const { modelRoot } = test;
  asker.send({ type: 'watch', modelRoot, candidatesMax: 8 });
  await asker.next('directory');
  const entry = entryOf(volunteer.identity, [holdingOf(modelRoot, 0, 4)]);
  await volunteer.announce(entry);
  const { changed } = await asker.next('directory-delta');
  expect(changed).toEqual([await volunteer.identity.signEntry(entry)]);
  asker.send({ type: 'signal-to', to: volunteer.peerId, sealed: 'b2ZmZXI' });
  expect((await volunteer.next('signal-from')).from.peerId).toBe(asker.peerId);
}

describe('pages of the version before', () => {
  it('find each other and those of today', async () => {
    await meet(await join({ versions: OLD }), await join());
    await meet(await join(), await join({ versions: OLD }));
    await meet(await join({ versions: OLD }), await join({ versions: OLD }));
  });

  it('get no message that they do not know, and may send none', async () => {
    const peer = await join({ versions: OLD });
    const messages: ToRelay[] = [report(test.modelRoot), { type: 'tally', tokens: 3 }];
    for (const message of messages) {
      peer.send(message);
      expect(await peer.next('refused')).toMatchObject({ code: 'malformed', fatal: false });
    }
    for (let count = messages.length; count < MALFORMED_MAX; count += 1) {
      peer.send(report(test.modelRoot));
    }
    expect(await peer.closed()).toBe(1008);
    const types = new Set(peer.received.map(({ type }) => type));
    expect([...types]).toEqual(['challenge', 'welcome', 'refused']);
  });
});

describe('a relay of the version before', () => {
  it('is spoken to in its version by pages of today', async () => {
    const old = await test.again({ versions: OLD });
    const peer = await join({}, old);
    expect(peer.received[0]).toMatchObject({ type: 'challenge', version: 4 });
    await old.stop();
  });
});
