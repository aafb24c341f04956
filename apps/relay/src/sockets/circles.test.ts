import { WATCHES_MAX } from '@manyhands/protocol/limits';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { entryOf, holdingOf, randomText } from '../testing/test-identity.ts';
import { connect as connectTo, type TestPeer } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay } from '../testing/test-relay.ts';

const BLINDED = 'cd'.repeat(32);
let test: TestRelay;
beforeAll(async () => {
  test = await startTestRelay({ socketsPerAddressMax: 100 });
});
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await vi.waitFor(() => expect(test.relay.peerCount).toBe(0));
});
afterAll(() => test.dispose());

const peers: TestPeer[] = [];
async function connect(): Promise<TestPeer> {
  const peer = await connectTo(test.relay);
  peers.push(peer);
  return peer;
}
async function watcher(modelRoot = BLINDED) {
  const peer = await connect();
  peer.send({ type: 'watch', modelRoot, candidatesMax: 256, isBlinded: true });
  return { peer, snapshot: await peer.next('directory') };
}
const memberEntry = (peer: TestPeer, more = {}) =>
  entryOf(peer.identity, [holdingOf(BLINDED, 0, 500)], { membership: randomText(32), ...more });

describe('a circle', () => {
  it('is watched and announced under a root of no model, with nothing counted but members', async () => {
    const { peer, snapshot } = await watcher();
    const nothing = { blocks: [], embeds: 0, heads: 0 };
    expect(snapshot).toMatchObject({ entries: [], coverage: { ...nothing, volunteers: 0 } });
    const member = await connect();
    const entry = memberEntry(member);
    await member.announce(entry);
    const joined = await peer.next('directory-delta');
    expect(joined.changed).toEqual([await member.identity.signEntry(entry)]);
    expect(joined.coverage).toEqual({ ...nothing, volunteers: 1 });
    // Signals reach it as they reach everybody who serves.
    peer.send({ type: 'signal-to', to: member.peerId, sealed: 'b2ZmZXI' });
    expect((await member.next('signal-from')).from.peerId).toBe(peer.peerId);
    member.send({ type: 'withdraw' });
    expect((await peer.next('directory-delta')).removed).toEqual([member.peerId]);
    await member.announce(memberEntry(member, { sequence: 2 }));
    await peer.next('directory-delta');
    member.close();
    expect((await peer.next('directory-delta')).removed).toEqual([member.peerId]);
  });

  it('is in nobody else’s directory, counts and proposals', async () => {
    const publicPeer = await connect();
    publicPeer.send({ type: 'watch', modelRoot: test.modelRoot, candidatesMax: 256 });
    publicPeer.send({ type: 'watch-network' });
    await publicPeer.next('network');
    const { peer } = await watcher();
    const member = await connect();
    await member.announce(memberEntry(member, { sessions: 3 }));
    await peer.next('directory-delta');
    expect(test.relay.volunteerCount).toBe(0);
    const other = await connect();
    other.send({ type: 'watch-network' });
    const view = await other.next('network');
    expect(view.events.map(({ kind }) => kind)).not.toContain('volunteer-joined');
    expect(view.models.map(({ modelRoot }) => modelRoot)).not.toContain(BLINDED);
    expect(JSON.stringify(publicPeer.received)).not.toContain(BLINDED);
    // A tab is in one of the two directories: going public takes it out of the circle's.
    const holdings = [holdingOf(test.modelRoot, 0, 2)];
    await member.announce(entryOf(member.identity, holdings, { sequence: 2 }));
    expect((await peer.next('directory-delta')).removed).toEqual([member.peerId]);
    await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(1));
    await member.announce(memberEntry(member, { sequence: 3 }));
    await peer.next('directory-delta');
    expect(test.relay.volunteerCount).toBe(0);
  });

  it('takes no model that everybody knows, and is no way around the list of models', async () => {
    const peer = await connect();
    const refused = async () => (await peer.next('refused')).code;
    peer.send({
      type: 'watch',
      modelRoot: test.modelRoot,
      candidatesMax: 1,
      isBlinded: true,
    });
    expect(await refused()).toBe('unknown-model');
    peer.send({ type: 'watch', modelRoot: BLINDED, candidatesMax: 1 });
    expect(await refused()).toBe('unknown-model');
    await peer.announce(entryOf(peer.identity, [holdingOf(BLINDED, 0, 1)]));
    expect(await refused()).toBe('unknown-model');
    const marked = { sequence: 2, membership: randomText(32) };
    const holdings = [holdingOf(test.modelRoot, 0, 1)];
    await peer.announce(entryOf(peer.identity, holdings, marked));
    expect(await refused()).toBe('malformed');
    peer.send({
      type: 'placement-request',
      requestId: 1,
      memoryBytes: 2 ** 30,
      modelRoot: BLINDED,
    });
    expect(await refused()).toBe('unknown-model');
  });

  it('costs a socket’s watches like any model', async () => {
    const { peer } = await watcher();
    peer.send({ type: 'watch', modelRoot: test.modelRoot, candidatesMax: 1 });
    for (let index = 2; index < WATCHES_MAX; index += 1) {
      const modelRoot = String(index).padStart(64, '0');
      peer.send({ type: 'watch', modelRoot, candidatesMax: 1, isBlinded: true });
      await peer.next('directory', (message) => message.modelRoot === modelRoot);
    }
    const modelRoot = '9'.repeat(64);
    peer.send({ type: 'watch', modelRoot, candidatesMax: 1, isBlinded: true });
    expect((await peer.next('refused')).code).toBe('over-limit');
    peer.send({ type: 'unwatch', modelRoot: BLINDED });
    peer.send({ type: 'watch', modelRoot, candidatesMax: 1, isBlinded: true });
    expect((await peer.next('directory', (each) => each.modelRoot === modelRoot)).entries).toEqual(
      [],
    );
  });
});
