import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestIdentity, entryOf, holdingOf } from '../testing/test-identity.ts';
import { connect as connectTo, type TestPeer, type TestPeerOptions } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay } from '../testing/test-relay.ts';

let test: TestRelay;
let nowMs = 0;
let root = '';
beforeAll(async () => {
  test = await startTestRelay({ now: () => nowMs, socketsPerAddressMax: 100 });
  root = test.modelRoot;
});
beforeEach(() => {
  nowMs = Date.now();
});
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await vi.waitFor(() => expect(test.relay.peerCount).toBe(0));
});
afterAll(() => test.dispose());

const peers: TestPeer[] = [];
async function connect(options: TestPeerOptions = {}): Promise<TestPeer> {
  const peer = await connectTo(test.relay, options);
  peers.push(peer);
  return peer;
}

const entryFor = (peer: TestPeer, first: number, end: number, more = {}) =>
  entryOf(peer.identity, [holdingOf(root, first, end)], { announcedAtMs: nowMs, ...more });

async function watcher() {
  const peer = await connect();
  peer.send({ type: 'watch', modelRoot: root, candidatesMax: 256 });
  return { peer, snapshot: await peer.next('directory') };
}

/** Messages of a socket are handled in order: the answer to this one follows all before it. */
async function handled(peer: TestPeer): Promise<void> {
  peer.send({ type: 'placement-request', requestId: 99, memoryBytes: 1 });
  await peer.next('placement-proposal', (answer) => answer.requestId === 99);
}

describe('announcing', () => {
  it('shows a volunteer to watchers as it signed itself, then its change, then its end', async () => {
    const { peer, snapshot } = await watcher();
    expect(snapshot).toMatchObject({ entries: [], isPartial: false });
    expect(snapshot.coverage).toEqual({ blocks: [0, 0, 0, 0], embeds: 0, heads: 0, volunteers: 0 });

    const volunteer = await connect();
    const entry = entryFor(volunteer, 0, 2);
    await volunteer.announce(entry);
    const joined = await peer.next('directory-delta');
    expect(joined.changed).toEqual([await volunteer.identity.signEntry(entry)]);
    expect(joined.coverage).toEqual({ blocks: [1, 1, 0, 0], embeds: 1, heads: 0, volunteers: 1 });

    await volunteer.announce(entryFor(volunteer, 0, 2, { sequence: 2, sessions: 1 }));
    expect((await peer.next('directory-delta')).changed[0]?.payload).toContain('"sessions":1');

    volunteer.close();
    const left = await peer.next('directory-delta');
    expect(left).toMatchObject({ changed: [], removed: [volunteer.peerId] });
    expect(left.coverage.volunteers).toBe(0);
  });

  it('removes a volunteer that withdraws', async () => {
    const { peer } = await watcher();
    const volunteer = await connect();
    await volunteer.announce(entryFor(volunteer, 1, 3));
    await peer.next('directory-delta');
    volunteer.send({ type: 'withdraw' });
    expect((await peer.next('directory-delta')).removed).toEqual([volunteer.peerId]);
  });

  it('ends the lease after three missed beats and not before', async () => {
    const { peer } = await watcher();
    const volunteer = await connect();
    await volunteer.announce(entryFor(volunteer, 1, 3));
    await peer.next('directory-delta');
    nowMs += 25_000;
    await volunteer.announce(entryFor(volunteer, 1, 3, { sequence: 2, announcedAtMs: nowMs }));
    await handled(volunteer);
    nowMs += 30_000;
    // A heartbeat tells watchers nothing, so a second watcher shows that the entry is still there.
    const later = await watcher();
    expect(later.snapshot.entries).toHaveLength(1);
    expect(later.snapshot.entries[0]?.payload).toContain('"sequence":2');
    nowMs += 1;
    expect((await peer.next('directory-delta')).removed).toEqual([volunteer.peerId]);
  });

  it('refuses an entry that is older than what is known, or than the lease', async () => {
    const volunteer = await connect();
    await volunteer.announce(entryFor(volunteer, 0, 1, { sequence: 5 }));
    await volunteer.announce(entryFor(volunteer, 0, 1, { sequence: 5 }));
    expect(await volunteer.next('refused')).toMatchObject({ code: 'stale-entry', fatal: false });
    await volunteer.announce(entryFor(volunteer, 0, 1, { sequence: 6, announcedAtMs: 1 }));
    expect(await volunteer.next('refused')).toMatchObject({ code: 'stale-entry', fatal: false });
  });

  it('refuses an entry of another peer, a forged one, and closes after three', async () => {
    const volunteer = await connect();
    const other = await createTestIdentity();
    const entry = entryOf(other, [holdingOf(root, 0, 1)], { announcedAtMs: nowMs });
    volunteer.send({ type: 'announce', entry: await other.signEntry(entry) });
    expect(await volunteer.next('refused')).toMatchObject({ code: 'bad-signature', fatal: false });
    const signed = await volunteer.identity.signEntry(entryFor(volunteer, 0, 1));
    const forged = { ...signed, payload: signed.payload.replace('"sessions":0', '"sessions":1') };
    volunteer.send({ type: 'announce', entry: forged });
    expect(await volunteer.next('refused')).toMatchObject({ code: 'bad-signature', fatal: false });
    volunteer.send({ type: 'announce', entry: { ...signed, payload: '{}' } });
    expect(await volunteer.next('refused')).toMatchObject({ code: 'malformed', fatal: true });
    expect(await volunteer.closed()).toBe(1008);
  });

  it('refuses models that were not verified here and blocks that the model lacks', async () => {
    const volunteer = await connect();
    const unknown = entryOf(volunteer.identity, [holdingOf('f'.repeat(64), 0, 1)], {
      announcedAtMs: nowMs,
    });
    await volunteer.announce(unknown);
    expect(await volunteer.next('refused')).toMatchObject({ code: 'unknown-model', fatal: false });
    await volunteer.announce(entryFor(volunteer, 0, 5));
    expect(await volunteer.next('refused')).toMatchObject({ code: 'malformed', fatal: false });
  });

  it.each([
    ['a page of another site', 'https://evil.example'],
    ['a program without an origin', null],
  ])('takes no compute from %s', async (_, origin) => {
    const volunteer = await connect({ origin });
    await volunteer.announce(entryFor(volunteer, 0, 1));
    expect(await volunteer.next('refused')).toMatchObject({ code: 'bad-origin', fatal: false });
  });
});

describe('watching', () => {
  it('refuses an unknown model', async () => {
    const peer = await connect();
    peer.send({ type: 'watch', modelRoot: 'e'.repeat(64), candidatesMax: 1 });
    expect(await peer.next('refused')).toMatchObject({ code: 'unknown-model', fatal: false });
  });

  it('says nothing more after unwatch', async () => {
    const { peer } = await watcher();
    peer.send({ type: 'unwatch', modelRoot: root });
    const second = await watcher();
    const volunteer = await connect();
    await volunteer.announce(entryFor(volunteer, 0, 2));
    await second.peer.next('directory-delta');
    expect(peer.received.map((message) => message.type)).not.toContain('directory-delta');
  });

  it('shows no more entries than were asked for, and fills up when one leaves', async () => {
    const volunteers = await Promise.all([0, 1, 2].map(() => connect()));
    for (const volunteer of volunteers) {
      await volunteer.announce(entryFor(volunteer, 0, 2));
      await handled(volunteer);
    }
    const peer = await connect();
    peer.send({ type: 'watch', modelRoot: root, candidatesMax: 2 });
    const snapshot = await peer.next('directory');
    expect(snapshot.entries).toHaveLength(2);
    expect(snapshot.coverage.volunteers).toBe(3);
    const shown = snapshot.entries.map((entry) => JSON.parse(entry.payload).identity.peerId);
    const leaving = volunteers.find((volunteer) => shown.includes(volunteer.peerId));
    leaving?.close();
    let delta = await peer.next('directory-delta');
    // What was announced shortly before may be told once more.
    while (delta.removed.length === 0) delta = await peer.next('directory-delta');
    expect(delta.removed).toEqual([leaving?.peerId]);
    const others = volunteers.filter((each) => each !== leaving).map((each) => each.peerId);
    const news = delta.changed.map((entry) => JSON.parse(entry.payload).identity.peerId);
    expect([...new Set([...shown, ...news])].sort()).toEqual([...others, leaving?.peerId].sort());
  });
});

describe('the network page', () => {
  it('shows kinds, sessions and real events, at most once a second', async () => {
    const peer = await connect();
    peer.send({ type: 'watch-network' });
    const first = await peer.next('network');
    expect(first.events.map((event) => event.kind)).toContain('relay-started');
    const volunteer = await connect();
    await volunteer.announce(entryFor(volunteer, 0, 3, { sessions: 2, deviceKind: 'phone' }));
    expect((await watcher()).snapshot).toBeDefined();
    expect(peer.received.filter((message) => message.type === 'network')).toHaveLength(1);
    nowMs += 1_000;
    const second = await peer.next('network', (view) => view.models[0]?.sessions === 2);
    expect(second.models[0]?.kinds).toEqual({ 'phone/webgpu-f32': 1 });
    expect(second.events[0]).toEqual({
      atMs: nowMs - 1_000,
      kind: 'volunteer-joined',
      modelRoot: root,
      deviceKind: 'phone',
      firstBlock: 0,
      endBlock: 3,
    });
    expect(JSON.stringify(second)).not.toContain(volunteer.peerId);
  });
});

describe('placement', () => {
  it('gives newcomers at the same moment different ranges that cover the model', async () => {
    const covered = new Set<number>();
    const newcomers = await Promise.all([0, 1, 2, 3, 4, 5].map(() => connect()));
    for (const [requestId, peer] of newcomers.entries()) {
      // Room for an end of the model with its matrix, not for the whole.
      peer.send({ type: 'placement-request', requestId, memoryBytes: 150_000, modelRoot: root });
      const answer = await peer.next('placement-proposal');
      expect(answer.requestId).toBe(requestId);
      expect(answer.reason.length).toBeGreaterThan(10);
      const { proposal } = answer;
      const isRange = proposal?.kind === 'blocks';
      const { firstBlock, endBlock } = isRange ? proposal : { firstBlock: 0, endBlock: 0 };
      for (let block = firstBlock; block < endBlock; block += 1) covered.add(block);
      expect(endBlock - firstBlock).toBeLessThan(4);
    }
    expect([...covered].sort()).toEqual([0, 1, 2, 3]);
  });

  it('places who says how fast it is in the class that it will serve', async () => {
    const holder = await connect();
    const begins = entryFor(holder, 0, 2, { numericClass: 'wasm-i8' });
    await holder.announce(begins);
    const ends = await connect();
    await ends.announce(entryFor(ends, 2, 4, { numericClass: 'webgpu-f32' }));
    await handled(holder);
    await handled(ends);
    const ask = async (numericClass: string) => {
      const peer = await connect();
      const measured = { modelRoot: root, msPerBlock: 1, numericClass };
      peer.send({ type: 'placement-request', requestId: 1, memoryBytes: 150_000, measured });
      const { proposal } = await peer.next('placement-proposal');
      peer.close();
      return proposal?.kind === 'blocks' ? proposal.firstBlock : undefined;
    };
    expect(await ask('webgpu-f32')).toBe(0);
    expect(await ask('wasm-i8')).toBeGreaterThan(0);
  });

  it('proposes the whole model where it fits and nothing where nothing does', async () => {
    const peer = await connect();
    peer.send({ type: 'placement-request', requestId: 1, memoryBytes: 2 ** 30 });
    const answer = await peer.next('placement-proposal');
    expect(answer.proposal).toEqual({
      kind: 'blocks',
      modelRoot: root,
      firstBlock: 0,
      endBlock: 4,
      embeds: true,
      heads: true,
    });
    expect(answer.why).toMatchObject({ code: 'whole' });
    peer.send({ type: 'placement-request', requestId: 2, memoryBytes: 10 });
    expect(await peer.next('placement-proposal')).toMatchObject({ requestId: 2, proposal: null });
    const modelRoot = 'f'.repeat(64);
    peer.send({ type: 'placement-request', requestId: 3, memoryBytes: 10, modelRoot });
    expect(await peer.next('refused')).toMatchObject({ code: 'unknown-model' });
  });
});
