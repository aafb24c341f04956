import type { SignedEntry } from '@manyhands/protocol/directory';
import type { FromRelay } from '@manyhands/protocol/relay-message';
import { directoryEntryBytes } from '@manyhands/protocol/transcript';
import { verifyEntry } from '@manyhands/protocol/verify';
import { PROTOCOL_VERSIONS } from '@manyhands/protocol/version';
import { afterEach, describe, expect, it } from 'vitest';
import type { Announcement } from './announcer.ts';
import { createFakeRelay } from './fake-relay.ts';
import { createIdentity, type Identity } from './identity.ts';
import { chooseReconnectDelayMs, createRelayLink, type RelayLink } from './relay-link.ts';

const ORIGIN = 'https://example.org';
const MODEL_ROOT = 'ab'.repeat(32);
const announcement: Announcement = {
  holdings: [
    {
      kind: 'blocks',
      modelRoot: MODEL_ROOT,
      firstBlock: 0,
      endBlock: 2,
      embeds: true,
      heads: true,
      msPerBlock: 1,
      positionsMax: 64,
    },
  ],
  memoryBytes: 1,
  numericClass: 'wasm-f32',
  deviceKind: 'desktop',
  state: 'serving',
  sessions: 0,
  sessionsMax: 4,
};

const links: RelayLink[] = [];
afterEach(() => {
  for (const link of links.splice(0)) link.dispose();
});

async function connect(options: { version?: number; origin?: string } = {}) {
  const relay = createFakeRelay({ origin: ORIGIN, ...options });
  const identity = await createIdentity();
  const link = createRelayLink({
    url: 'wss://relay.example',
    identity,
    origin: ORIGIN,
    host: relay.host,
    random: () => 0,
    clock: relay.clock,
  });
  links.push(link);
  return { relay, identity, link };
}

async function connectOpen(options: { version?: number } = {}) {
  const made = await connect(options);
  await expect.poll(() => made.link.state).toBe('open');
  return made;
}

describe('relay link', () => {
  it("proves its key for this origin and takes the relay's clock and ICE servers", async () => {
    const { relay, link } = await connectOpen();
    expect(relay.proofs).toEqual([true]);
    expect(link.iceServers).toEqual([{ urls: 'stun:x' }]);
    expect(link.nowMs()).toBe(relay.clock() + 5_000);
    expect(relay.messagesOf('hello')[0]?.tabId).toHaveLength(11);
  });

  it('takes new ICE servers from an open relay, and says so', async () => {
    const { relay, link } = await connectOpen();
    const seen: unknown[] = [];
    link.subscribe(() => seen.push(link.iceServers));
    const iceServers = [{ urls: 'turn:x', username: '2:b', credential: 'c' }];
    relay.send({ type: 'ice-servers', iceServers });
    expect(seen).toEqual([iceServers]);
    expect(link.state).toBe('open');
  });

  it('makes a proof that is worth nothing to another origin', async () => {
    const { relay } = await connect({ origin: 'https://evil.example' });
    await expect.poll(() => relay.proofs).toEqual([false]);
  });

  it('asks for a reload, and stays away, when the versions do not meet', async () => {
    const { relay, link } = await connect({ version: 99 });
    await expect.poll(() => link.state).toBe('refused');
    expect(link.error).toMatchObject({
      code: 'version',
      message: expect.stringContaining('reload'),
    });
    relay.advance(600_000);
    expect(relay.socketCount).toBe(1);
  });

  it('says who has to update where the relay is the older one, and stays away', async () => {
    const { relay, link } = await connect({ version: PROTOCOL_VERSIONS.min - 1 });
    await expect.poll(() => link.state).toBe('refused');
    expect(link.error).toMatchObject({
      code: 'relay-outdated',
      message: expect.stringContaining('operator'),
    });
    relay.advance(600_000);
    expect(relay.socketCount).toBe(1);
  });

  it.each([
    ['bad-origin', 'refused', 'relay-refused'],
    ['version', 'refused', 'version'],
    ['relay-outdated', 'refused', 'relay-outdated'],
    ['replaced', 'refused', 'relay-refused'],
    ['too-fast', 'waiting', 'relay-refused'],
    ['shutting-down', 'waiting', 'relay-unreachable'],
  ] as const)('on a fatal %s is %s', async (code, state, errorCode) => {
    const { relay, link } = await connectOpen();
    relay.refuse(code, true);
    expect(link.state).toBe(state);
    expect(link.error?.code).toBe(errorCode);
    relay.advance(500);
    expect(relay.socketCount).toBe(state === 'refused' ? 1 : 2);
  });

  it('gives up on a silent relay after the deadline, and backs off', async () => {
    const relay = createFakeRelay({ origin: ORIGIN });
    relay.setSilent(true);
    const identity = await createIdentity();
    const { host, clock } = relay;
    const link = createRelayLink({ url: 'wss://x', identity, origin: ORIGIN, host, clock });
    links.push(link);
    await expect.poll(() => relay.received.length).toBe(1);
    relay.advance(4_999);
    expect(link.state).toBe('connecting');
    relay.advance(1);
    expect(link.state).toBe('waiting');
    expect(link.error?.code).toBe('relay-unreachable');
  });

  it.each([
    'nonsense',
    '{"type":"welcome"}',
    JSON.stringify({ type: 'network', peers: 0, models: [], events: [] } satisfies FromRelay),
  ])('ends a connection that speaks out of turn: %s', async (text) => {
    const relay = createFakeRelay({ origin: ORIGIN });
    relay.setSilent(true);
    const { host, clock } = relay;
    const identity = await createIdentity();
    const link = createRelayLink({ url: 'wss://x', identity, origin: ORIGIN, host, clock });
    links.push(link);
    await expect.poll(() => relay.received.length).toBe(1);
    relay.sendText(text);
    expect([link.state, link.error?.code]).toEqual(['waiting', 'malformed']);
  });

  it('comes back and repeats what it was asked for', async () => {
    const { relay, link } = await connectOpen();
    link.announce(() => announcement);
    const roster = link.watch(MODEL_ROOT);
    link.watchNetwork(() => {});
    await expect.poll(() => relay.messagesOf('announce').length).toBe(1);
    relay.drop();
    expect(link.state).toBe('waiting');
    expect(roster.isCurrent).toBe(false);
    expect(() => link.signalTo(`${'A'.repeat(22)}.${'A'.repeat(11)}`, 'x')).toThrow(
      expect.objectContaining({ code: 'relay-unreachable' }),
    );
    relay.advance(500);
    await expect.poll(() => link.state).toBe('open');
    await expect.poll(() => relay.messagesOf('announce').length).toBe(2);
    expect(relay.messagesOf('watch').length).toBe(2);
    expect(relay.messagesOf('watch-network').length).toBe(2);
  });

  it('keeps trying while the relay is away', async () => {
    const { relay, link } = await connectOpen();
    relay.setReachable(false);
    relay.drop();
    for (let attempt = 2; attempt < 6; attempt++) {
      relay.advance(250 * 2 ** (attempt - 1) - 1);
      expect(relay.socketCount).toBe(attempt - 1);
      relay.advance(1);
      await expect.poll(() => [relay.socketCount, link.state]).toEqual([attempt, 'waiting']);
    }
    relay.setReachable(true);
    link.reconnect();
    await expect.poll(() => link.state).toBe('open');
  });

  it('announces fresh signed entries at every heartbeat until it withdraws', async () => {
    const { relay, link } = await connectOpen();
    link.announce(() => announcement);
    const last = () => relay.messagesOf('announce').at(-1)?.entry as SignedEntry;
    for (let beat = 1; beat <= 3; beat++) {
      await expect.poll(() => relay.messagesOf('announce').length).toBe(beat);
      const entry = await verifyEntry(last(), link.nowMs());
      expect([entry.sequence, entry.announcedAtMs]).toEqual([beat, link.nowMs()]);
      relay.advance(10_000);
    }
    await expect.poll(() => relay.messagesOf('announce').length).toBe(4);
    link.withdraw();
    expect(relay.messagesOf('withdraw').length).toBe(1);
    relay.advance(60_000);
    await Promise.resolve();
    expect(relay.messagesOf('announce').length).toBe(4);
  });

  it('joins a burst of changes into two announcements', async () => {
    const { relay, link } = await connectOpen();
    for (let sessions = 0; sessions <= 4; sessions++) {
      link.announce(() => ({ ...announcement, sessions }));
    }
    relay.advance(500);
    await expect.poll(() => relay.messagesOf('announce').length).toBeGreaterThan(0);
    relay.advance(500);
    await expect
      .poll(() => JSON.parse(relay.messagesOf('announce').at(-1)?.entry.payload ?? '{}').sessions)
      .toBe(4);
    expect(relay.messagesOf('announce').length).toBeLessThanOrEqual(2);
  });

  it("stays below the relay's rate limit", async () => {
    const { relay, link } = await connectOpen();
    const peerId = `${'A'.repeat(22)}.${'A'.repeat(11)}`;
    for (let index = 0; index < 200; index++) link.signalTo(peerId, `s${index}`);
    expect(relay.messagesOf('signal-to').length).toBeLessThanOrEqual(60);
    relay.advance(1_000);
    expect(relay.messagesOf('signal-to').length).toBeLessThanOrEqual(65);
    relay.advance(20_000);
    const order = relay.messagesOf('signal-to').map(({ sealed }) => sealed);
    expect(order).toEqual(Array.from({ length: 200 }, (_, index) => `s${index}`));
    expect(() => {
      for (let index = 0; index < 600; index++) link.signalTo(peerId, 'x');
    }).toThrow(expect.objectContaining({ code: 'over-limit' }));
  });

  it('asks for a placement: answered, late, aborted or refused', async () => {
    const { relay, link } = await connectOpen();
    const answered = link.requestPlacement({ memoryBytes: 5 });
    const { requestId } = relay.messagesOf('placement-request')[0] as { requestId: number };
    const reply = { type: 'placement-proposal', proposal: null, reason: 'full' } as const;
    relay.send({ ...reply, requestId: requestId + 1 });
    relay.send({ ...reply, requestId });
    expect(await answered).toMatchObject({ reason: 'full' });
    const failsWith = (code: string) => expect.objectContaining({ name: 'SwarmError', code });
    const late = link.requestPlacement({ memoryBytes: 5 });
    relay.advance(10_000);
    await expect(late).rejects.toThrow(failsWith('relay-unreachable'));
    const controller = new AbortController();
    const aborted = link.requestPlacement({ memoryBytes: 5 }, controller.signal);
    controller.abort();
    await expect(aborted).rejects.toThrow(failsWith('aborted'));
    const unknown = link.requestPlacement({ memoryBytes: 5, modelRoot: MODEL_ROOT });
    relay.refuse('unknown-model', false);
    await expect(unknown).rejects.toThrow(failsWith('relay-refused'));
    const open = link.requestPlacement({ memoryBytes: 5 });
    link.dispose();
    await expect(open).rejects.toThrow(failsWith('aborted'));
    expect(link.state).toBe('closed');
  });

  it('hands signals and unreachable peers on', async () => {
    const { relay, link, identity } = await connectOpen();
    const heard: string[] = [];
    link.onSignal((from, sealed) => heard.push(`${from.peerId} ${sealed}`));
    link.onUnreachable((peerId) => heard.push(`gone ${peerId}`));
    const { publicIdentity: from } = identity;
    relay.send({ type: 'signal-from', from, sealed: 'abc' });
    relay.send({
      type: 'refused',
      code: 'unreachable',
      message: '',
      fatal: false,
      peerId: from.peerId,
    });
    expect(heard).toEqual([`${from.peerId} abc`, `gone ${from.peerId}`]);
  });

  it('doubles its waits up to half a minute, cut at random', () => {
    const waits = [0, 1, 2, 10, 1_000].map((count) => chooseReconnectDelayMs(count, () => 0));
    expect(waits).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
    expect(chooseReconnectDelayMs(10, () => 1)).toBe(15_000);
  });
});

describe('roster', () => {
  const coverage = { blocks: [1, 1], embeds: 1, heads: 1, volunteers: 1 };
  const sign = async (identity: Identity, nowMs: number, sequence = 1, fields = {}) => {
    const payload = JSON.stringify({
      identity: identity.publicIdentity,
      sequence,
      announcedAtMs: nowMs,
      ...announcement,
      ...fields,
    });
    return { payload, signature: await identity.sign(directoryEntryBytes(payload)) };
  };

  it('holds what is proven, and drops and counts the rest', async () => {
    const { relay, link } = await connectOpen();
    const roster = link.watch(MODEL_ROOT);
    const [a, b, c, d] = await Promise.all([1, 2, 3, 4].map(() => createIdentity()));
    if (!a || !b || !c || !d) throw new Error('four identities');
    const nowMs = link.nowMs();
    const forged = { ...(await sign(b, nowMs)), signature: (await sign(b, nowMs, 2)).signature };
    const holdings = [{ ...announcement.holdings[0], modelRoot: 'cd'.repeat(32) }];
    const entries = [
      await sign(a, nowMs),
      forged,
      await sign(c, nowMs - 120_000),
      await sign(d, nowMs, 1, { holdings }),
    ];
    const directory = { type: 'directory', modelRoot: MODEL_ROOT, coverage } as const;
    relay.send({ ...directory, entries, isPartial: false });
    await expect.poll(() => roster.isCurrent).toBe(true);
    expect(roster.entries.map((entry) => entry.identity.peerId)).toEqual([a.peerId]);
    expect(roster.droppedCount).toBe(3);
    expect(roster.coverage).toEqual(coverage);
    expect(link.identityOf(a.peerId)).toEqual(a.publicIdentity);
    expect(link.identityOf(b.peerId)).toBeUndefined();
  });

  it('takes snapshots in parts, then changes, and never an older entry', async () => {
    const { relay, link } = await connectOpen();
    const roster = link.watch(MODEL_ROOT);
    const [a, b] = [await createIdentity(), await createIdentity()];
    const nowMs = link.nowMs();
    const directory = { type: 'directory', modelRoot: MODEL_ROOT, coverage } as const;
    const idsOf = () => roster.entries.map((entry) => entry.identity.peerId).sort();
    relay.send({ ...directory, entries: [await sign(a, nowMs, 5)], isPartial: true });
    relay.send({ ...directory, entries: [await sign(b, nowMs)], isPartial: false });
    await expect.poll(idsOf).toEqual([a.peerId, b.peerId].sort());
    const delta = { ...directory, type: 'directory-delta' } as const;
    const stale = await sign(a, nowMs, 4, { sessions: 3 });
    relay.send({ ...delta, changed: [stale], removed: [b.peerId] });
    await expect.poll(idsOf).toEqual([a.peerId]);
    expect(roster.entries[0]?.sessions).toBe(0);
    relay.send({ ...delta, changed: [await sign(a, nowMs, 6, { sessions: 2 })], removed: [] });
    await expect.poll(() => roster.entries[0]?.sessions).toBe(2);
    relay.send({ ...directory, entries: [await sign(b, nowMs)], isPartial: false });
    await expect.poll(idsOf).toEqual([b.peerId]);
  });

  it('asks again for entries that were not refreshed, and drops them when they are too old', async () => {
    const { relay, link } = await connectOpen();
    const roster = link.watch(MODEL_ROOT);
    const entries = [await sign(await createIdentity(), link.nowMs())];
    relay.send({ type: 'directory', modelRoot: MODEL_ROOT, coverage, entries, isPartial: false });
    await expect.poll(() => roster.entries.length).toBe(1);
    relay.advance(60_000);
    expect(relay.messagesOf('watch').length).toBe(1);
    relay.advance(20_000);
    expect(relay.messagesOf('watch').length).toBe(2);
    relay.advance(20_000);
    expect(roster.entries).toEqual([]);
  });

  it('is shared by its watchers, and unwatched by the last', async () => {
    const { relay, link } = await connectOpen();
    const [first, second] = [link.watch(MODEL_ROOT), link.watch(MODEL_ROOT)];
    expect(relay.messagesOf('watch').length).toBe(1);
    first.dispose();
    first.dispose();
    expect(relay.messagesOf('unwatch').length).toBe(0);
    second.dispose();
    expect(relay.messagesOf('unwatch').length).toBe(1);
    for (let index = 0; index < 8; index++) link.watch(index.toString(16).repeat(64));
    expect(() => link.watch(MODEL_ROOT)).toThrow(expect.objectContaining({ code: 'over-limit' }));
  });
});
