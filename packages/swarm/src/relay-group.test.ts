import type { SignedEntry } from '@manyhands/protocol/directory';
import type { FromRelay } from '@manyhands/protocol/relay-message';
import { directoryEntryBytes } from '@manyhands/protocol/transcript';
import { verifyEntry } from '@manyhands/protocol/verify';
import { afterEach, describe, expect, it } from 'vitest';
import type { Announcement } from './announcer.ts';
import { createFakeRelay } from './fake-relay.ts';
import { createIdentity, type Identity } from './identity.ts';
import { createRelayGroup, type RelayGroup } from './relay-group.ts';
import type { SocketHost } from './socket.ts';

const ORIGIN = 'https://a.example';
const MODEL_ROOT = 'ab'.repeat(32);
const announcement: Announcement = {
  holdings: [
    {
      kind: 'embedding',
      modelRoot: MODEL_ROOT,
      dimension: 8,
      tokensMax: 64,
      msPerText: 1,
    },
  ],
  memoryBytes: 1,
  numericClass: 'wasm-f32',
  deviceKind: 'desktop',
  state: 'serving',
  sessions: 0,
  sessionsMax: 4,
};
const coverage = { blocks: [], embeds: 0, heads: 0, volunteers: 1 };
const directory = { type: 'directory', modelRoot: MODEL_ROOT, coverage, isPartial: false } as const;
const delta = { type: 'directory-delta', modelRoot: MODEL_ROOT, coverage } as const;

const groups: RelayGroup[] = [];
afterEach(() => {
  for (const group of groups.splice(0)) group.dispose();
});

type FakeRelay = ReturnType<typeof createFakeRelay>;

/** Several fake relays behind one host, on the clock of the first. */
async function createGroup(
  fakes: Readonly<Record<string, FakeRelay>>,
  relays: readonly string[] = Object.keys(fakes),
  isOpenEnded = false,
) {
  const all = Object.values(fakes);
  const [first] = all as [FakeRelay];
  const host: SocketHost = {
    openSocket(url, handlers) {
      const { host: name } = new URL(url);
      const fake = fakes[`https://${name}`];
      if (fake === undefined) throw new Error(`nobody at ${url}`);
      return fake.host.openSocket(url, handlers);
    },
    setTimer: first.host.setTimer,
    dispose: first.host.dispose,
  };
  const identity = await createIdentity();
  const { clock } = first;
  const options = { relays, isOpenEnded, identity, origin: ORIGIN, host, random: () => 0, clock };
  const group = createRelayGroup(options);
  groups.push(group);
  return { group, identity };
}

async function createTwo() {
  const a = createFakeRelay({ origin: ORIGIN });
  const b = createFakeRelay({ origin: ORIGIN });
  const made = await createGroup({ 'https://a.example': a, 'https://b.example': b });
  await expect.poll(() => [a.welcomeCount, b.welcomeCount]).toEqual([1, 1]);
  expect([a.proofs, b.proofs, made.group.state]).toEqual([[true], [true], 'open']);
  return { a, b, ...made };
}

async function sign(identity: Identity, nowMs: number, sequence = 1): Promise<SignedEntry> {
  const { publicIdentity } = identity;
  const entry = { identity: publicIdentity, sequence, announcedAtMs: nowMs, ...announcement };
  const payload = JSON.stringify(entry);
  return { payload, signature: await identity.sign(directoryEntryBytes(payload)) };
}

/** The connection breaks, and the relay does not come back by itself. */
function kill(relay: FakeRelay): void {
  relay.setReachable(false);
  relay.drop();
}

describe('relay group', () => {
  it('announces and watches at every relay, with numbers in one order', async () => {
    const { a, b, group } = await createTwo();
    group.watch(MODEL_ROOT);
    group.announce(() => announcement);
    const numbers: number[] = [];
    for (const relay of [a, b]) {
      await expect.poll(() => relay.messagesOf('announce').length).toBe(1);
      expect(relay.messagesOf('watch').length).toBe(1);
      const [message] = relay.messagesOf('announce');
      numbers.push((await verifyEntry(message?.entry as SignedEntry, group.nowMs())).sequence);
    }
    expect(numbers.sort()).toEqual([1, 2]);
    group.withdraw();
    expect([a, b].map((relay) => relay.messagesOf('withdraw').length)).toEqual([1, 1]);
  });

  it.each(['a', 'b'] as const)(
    'is open while relay %s is down, and goes back to it',
    async (down) => {
      const two = await createTwo();
      const { group } = two;
      const [lost, left] = down === 'a' ? [two.a, two.b] : [two.b, two.a];
      group.announce(() => announcement);
      group.watch(MODEL_ROOT);
      await expect.poll(() => lost.messagesOf('announce').length).toBe(1);
      kill(lost);
      expect(group.state).toBe('open');
      expect(group.error).toBeUndefined();
      expect(group.origins[0]).toBe(down === 'a' ? 'https://b.example' : 'https://a.example');
      const peerId = `${'A'.repeat(22)}.${'A'.repeat(11)}`;
      group.signalTo(peerId, 'x');
      expect(left.messagesOf('signal-to').length).toBe(1);
      lost.setReachable(true);
      two.a.advance(500);
      await expect.poll(() => lost.messagesOf('announce').length).toBe(2);
      await expect.poll(() => lost.messagesOf('watch').length).toBe(2);
      kill(two.a);
      kill(two.b);
      expect(group.state).toBe('waiting');
      expect(group.error?.code).toBe('relay-unreachable');
      expect(() => group.signalTo(peerId, 'x')).toThrow(
        expect.objectContaining({ code: 'relay-unreachable' }),
      );
    },
  );

  it('signals over the relays that know the peer, and calls it gone when none does', async () => {
    const { a, b, group, identity } = await createTwo();
    const other = await createIdentity();
    const { peerId } = other;
    const gone: string[] = [];
    const heard: string[] = [];
    group.onUnreachable((one) => gone.push(one));
    group.onSignal((_, sealed) => heard.push(sealed));
    const sent = () => [a, b].map((relay) => relay.messagesOf('signal-to').length);
    const refuse = (relay: FakeRelay) =>
      relay.send({ type: 'refused', code: 'unreachable', message: '', fatal: false, peerId });
    group.signalTo(peerId, 'to anybody');
    expect(sent()).toEqual([1, 1]);
    refuse(a);
    expect(gone).toEqual([peerId]);

    b.send({ type: 'signal-from', from: other.publicIdentity, sealed: 'hello' });
    expect(heard).toEqual(['hello']);
    group.signalTo(peerId, 'answer');
    expect(sent()).toEqual([1, 2]);
    refuse(a);
    expect(gone).toHaveLength(1);

    group.watch(MODEL_ROOT);
    a.send({ ...directory, entries: [await sign(other, group.nowMs())] });
    await expect.poll(() => group.identityOf(peerId)).toEqual(other.publicIdentity);
    group.signalTo(peerId, 'again');
    expect(sent()).toEqual([2, 3]);
    refuse(b);
    expect(gone).toHaveLength(1);
    a.send({ ...delta, changed: [], removed: [peerId] });
    await expect.poll(() => group.identityOf(peerId)).toBeUndefined();
    refuse(a);
    expect(gone).toHaveLength(2);
    expect(identity.peerId).not.toBe(peerId);
  });

  it('goes to relays that its own names, and to none that those name', async () => {
    const b = createFakeRelay({ origin: ORIGIN, relays: ['https://c.example'] });
    const named = ['https://b.example', ORIGIN, 'https://b.example'];
    const a = createFakeRelay({ origin: ORIGIN, relays: named });
    const c = createFakeRelay({ origin: ORIGIN });
    const fakes = { [ORIGIN]: a, 'https://b.example': b, 'https://c.example': c };
    const { group } = await createGroup(fakes, [ORIGIN], true);
    group.announce(() => announcement);
    group.watch(MODEL_ROOT);
    group.watchNetwork(() => {});
    await expect.poll(() => b.messagesOf('announce').length).toBe(1);
    await expect.poll(() => b.messagesOf('watch-network').length).toBe(1);
    expect(b.messagesOf('watch').length).toBe(1);
    expect(group.origins).toEqual([ORIGIN, 'https://b.example']);
    expect(c.socketCount).toBe(0);
  });

  it('takes a few relays and no more', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `https://${name}.example`);
    const fakes = names.map((name) => [name, createFakeRelay({ origin: ORIGIN })] as const);
    const { group } = await createGroup(Object.fromEntries(fakes));
    expect(group.origins).toEqual(names.slice(0, 4));
  });

  it('keeps to its list where it was given one', async () => {
    const a = createFakeRelay({ origin: ORIGIN, relays: ['https://b.example'] });
    const { group } = await createGroup({ [ORIGIN]: a });
    await expect.poll(() => group.state).toBe('open');
    expect(group.origins).toEqual([ORIGIN]);
  });

  it('asks the next relay what to hold where one does not know the model', async () => {
    const { a, b, group } = await createTwo();
    const asked = group.requestPlacement({ memoryBytes: 5, modelRoot: MODEL_ROOT });
    a.refuse('unknown-model', false);
    await expect.poll(() => b.messagesOf('placement-request').length).toBe(1);
    const requestId = b.messagesOf('placement-request')[0]?.requestId ?? 0;
    b.send({ type: 'placement-proposal', requestId, proposal: null, reason: 'full' });
    expect(await asked).toMatchObject({ reason: 'full' });
  });

  it('shows the network of the relay that sees most, and of the other when that one is down', async () => {
    const { a, b, group } = await createTwo();
    const peers: number[] = [];
    const stop = group.watchNetwork((view) => peers.push(view.peers));
    const network = (count: number): FromRelay => ({
      type: 'network',
      peers: count,
      models: [],
      events: [],
    });
    a.send(network(5));
    b.send(network(3));
    expect(peers).toEqual([5, 5]);
    kill(a);
    expect(peers.at(-1)).toBe(3);
    stop();
    b.send(network(4));
    expect(peers.at(-1)).toBe(3);
    expect(b.messagesOf('unwatch-network').length).toBe(1);
  });
});

describe('merged roster', () => {
  /** What a watcher sees, change by change: `~` where it proves nothing. */
  async function watchTwo() {
    const two = await createTwo();
    const roster = two.group.watch(MODEL_ROOT);
    const identities = await Promise.all(['x', 'y', 'z'].map(() => createIdentity()));
    const [x, y, z] = identities as [Identity, Identity, Identity];
    const names = new Map([x, y, z].map(({ peerId }, index) => [peerId, 'xyz'[index]]));
    const listed = () =>
      roster.entries
        .map(({ identity }) => names.get(identity.peerId))
        .sort()
        .join('');
    const seen: string[] = [];
    roster.subscribe(() => seen.push(`${roster.isCurrent ? '' : '~'}${listed()}`));
    const nowMs = two.group.nowMs();
    const snapshot = async (relay: FakeRelay, whom: readonly Identity[], sequence = 1) => {
      const entries = await Promise.all(whom.map((one) => sign(one, nowMs, sequence)));
      relay.send({ ...directory, entries });
    };
    return { ...two, roster, x, y, z, listed, seen, snapshot };
  }

  it('lists whom any relay lists, with the newest entry', async () => {
    const { a, b, roster, x, y, z, listed, snapshot } = await watchTwo();
    expect(roster.isCurrent).toBe(false);
    await snapshot(a, [x, y], 7);
    await snapshot(b, [y, z], 3);
    await expect.poll(listed).toBe('xyz');
    expect(roster.isCurrent).toBe(true);
    expect(roster.entries.find(({ identity }) => identity.peerId === y.peerId)?.sequence).toBe(7);
    b.send({ ...delta, changed: [], removed: [y.peerId, z.peerId] });
    await expect.poll(listed).toBe('xy');
    a.send({ ...delta, changed: [], removed: [y.peerId] });
    await expect.poll(listed).toBe('x');
  });

  it('keeps those whom only a lost relay knew, and drops those who left the others', async () => {
    const { a, b, roster, x, y, z, listed, seen, snapshot } = await watchTwo();
    await snapshot(a, [x, y]);
    await snapshot(b, [y, z]);
    await expect.poll(listed).toBe('xyz');
    kill(a);
    expect([listed(), roster.isCurrent]).toEqual(['xyz', true]);
    b.send({ ...delta, changed: [], removed: [y.peerId] });
    await expect.poll(listed).toBe('xz');

    // It comes back, and knows nobody yet: that proves nothing about `x`.
    a.setReachable(true);
    a.advance(500);
    await expect.poll(() => a.messagesOf('watch').length).toBe(2);
    seen.length = 0;
    await snapshot(a, []);
    await expect.poll(listed).toBe('z');
    expect(seen).toEqual(['~z', 'z']);
    await snapshot(a, [x], 2);
    await expect.poll(listed).toBe('xz');
  });

  it('is not current when no relay is', async () => {
    const { a, b, roster, x, listed, snapshot } = await watchTwo();
    await snapshot(a, [x]);
    await snapshot(b, [x]);
    await expect.poll(listed).toBe('x');
    kill(a);
    kill(b);
    expect([listed(), roster.isCurrent]).toEqual(['x', false]);
    roster.dispose();
    expect([a, b].map((relay) => relay.messagesOf('unwatch').length)).toEqual([0, 0]);
  });
});
