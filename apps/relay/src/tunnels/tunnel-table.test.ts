import { encodeBase64 } from '@manyhands/protocol/base64';
import { RELAY_BUFFERED_BYTES_SLOW, TUNNEL_WINDOW_BYTES } from '@manyhands/protocol/limits';
import { encodeRecord, TUNNEL_RECORD_BYTES_MAX } from '@manyhands/protocol/tunnel-record';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../log.ts';
import { createConnection } from '../sockets/connection.ts';
import { createTestIdentity, entryOf, holdingOf, randomText } from '../testing/test-identity.ts';
import { connect, type TestPeer, type TestPeerOptions } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay, type TestRelayOptions } from '../testing/test-relay.ts';
import { DEFAULT_RATIONS, type TunnelRations } from './ration.ts';
import { createTunnelTable } from './tunnel-table.ts';

const started: TestRelay[] = [];
let nowMs = Date.now();
async function start(options: TestRelayOptions = {}): Promise<TestRelay> {
  nowMs = Date.now();
  const test = await startTestRelay({ now: () => nowMs, ...options });
  started.push(test);
  return test;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((test) => test.dispose()));
});

async function volunteer(test: TestRelay, options: TestPeerOptions = {}): Promise<TestPeer> {
  const peer = await connect(test.relay, options);
  const before = test.relay.volunteerCount;
  const holdings = [holdingOf(test.modelRoot, 0, 1)];
  await peer.announce(entryOf(peer.identity, holdings, { announcedAtMs: nowMs }));
  await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(before + 1));
  return peer;
}

const createTunnelId = () => encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
const recordOf = (tunnelId: string, byteLength = 288) =>
  encodeRecord(tunnelId, crypto.getRandomValues(new Uint8Array(byteLength - 16)));
const join = (peer: TestPeer, other: TestPeer, tunnelId: string) =>
  peer.send({ type: 'join-tunnel', tunnelId, peerId: other.peerId });
const closing = (peer: TestPeer, tunnelId: string) =>
  peer.next('tunnel-closed', (message) => message.tunnelId === tunnelId);

async function tunnelBetween(a: TestPeer, b: TestPeer): Promise<string> {
  const tunnelId = createTunnelId();
  join(a, b, tunnelId);
  join(b, a, tunnelId);
  const isThis = (message: { tunnelId: string }) => message.tunnelId === tunnelId;
  await Promise.all([a.next('tunnel-open', isThis), b.next('tunnel-open', isThis)]);
  return tunnelId;
}

/** Sends records as long as there is credit; returns how many. */
async function pour(
  from: TestPeer,
  to: TestPeer,
  tunnelId: string,
  recordCount: number,
  end?: 'until it closes',
) {
  const opening = from.received.find(
    (message) => message.type === 'tunnel-open' && message.tunnelId === tunnelId,
  );
  let credit = opening?.type === 'tunnel-open' ? opening.creditBytes : 0;
  let seen = 0;
  let sent = 0;
  const record = recordOf(tunnelId, TUNNEL_RECORD_BYTES_MAX);
  const before = to.records.length;
  const idleMax = end === undefined ? 60 : 600;
  for (let idle = 0; sent < recordCount && idle < idleMax; ) {
    for (; seen < from.received.length; seen += 1) {
      const message = from.received[seen];
      if (message?.type === 'tunnel-closed' && message.tunnelId === tunnelId) return sent;
      if (message?.type === 'tunnel-credit' && message.tunnelId === tunnelId) {
        credit += message.bytes;
        idle = 0;
      }
    }
    if (credit >= record.length) {
      from.sendBytes(record);
      credit -= record.length;
      sent += 1;
    } else {
      idle += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  if (end === undefined) await vi.waitFor(() => expect(to.records.length - before).toBe(sent));
  return sent;
}

describe('tunnels', () => {
  it('carry records untouched in both directions between two that asked for the same one', async () => {
    const test = await start();
    const [serving, asking] = [await volunteer(test), await connect(test.relay)];
    const tunnelId = await tunnelBetween(asking, serving);
    const [there, back] = [recordOf(tunnelId), recordOf(tunnelId, TUNNEL_RECORD_BYTES_MAX)];
    asking.sendBytes(there);
    serving.sendBytes(back);
    await vi.waitFor(() => expect(serving.records).toEqual([there]));
    await vi.waitFor(() => expect(asking.records).toEqual([back]));
    asking.send({ type: 'leave-tunnel', tunnelId });
    expect(await closing(serving, tunnelId)).toMatchObject({ code: 'peer-gone' });
  });

  it('carry nothing before the other has joined, nor for a third', async () => {
    const test = await start();
    const [serving, asking] = [await volunteer(test), await connect(test.relay)];
    const third = await volunteer(test);
    const tunnelId = createTunnelId();
    join(asking, serving, tunnelId);
    // Who knows the id still is not who it is for.
    join(third, asking, tunnelId);
    expect(await closing(third, tunnelId)).toMatchObject({ code: 'unreachable' });
    third.send({ type: 'leave-tunnel', tunnelId });
    join(serving, asking, tunnelId);
    await serving.next('tunnel-open');
    third.sendBytes(recordOf(tunnelId));
    expect(await third.next('refused')).toMatchObject({ code: 'over-limit', fatal: true });
    expect(await third.closed()).toBe(1008);
    asking.sendBytes(recordOf(tunnelId));
    await vi.waitFor(() => expect(serving.records).toHaveLength(1));
    expect(asking.records).toEqual([]);
    const early = await connect(test.relay);
    join(early, serving, createTunnelId());
    early.sendBytes(recordOf(tunnelId));
    expect(await early.closed()).toBe(1008);
    expect(serving.records).toHaveLength(1);
  });

  it('are refused, with a code and a remedy, where nobody serves or nobody is', async () => {
    const test = await start();
    const [serving, asking] = [await volunteer(test), await connect(test.relay)];
    const other = await connect(test.relay);
    const refusalOf = async (from: TestPeer, peerId: string) => {
      const tunnelId = createTunnelId();
      from.send({ type: 'join-tunnel', tunnelId, peerId });
      const { code, message } = await closing(from, tunnelId);
      expect(message).toMatch(/: \w/);
      return code;
    };
    expect(await refusalOf(asking, other.peerId)).toBe('not-serving');
    expect(await refusalOf(asking, asking.peerId)).toBe('unreachable');
    const stranger = (await createTestIdentity()).publicIdentity.peerId;
    expect(await refusalOf(asking, stranger)).toBe('unreachable');
    // An entry that holds nothing serves nobody.
    await other.announce(entryOf(other.identity, [], { announcedAtMs: nowMs }));
    await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(2));
    expect(await refusalOf(asking, other.peerId)).toBe('not-serving');
    const tunnelId = await tunnelBetween(asking, serving);
    serving.send({ type: 'withdraw' });
    expect(await closing(asking, tunnelId)).toMatchObject({ code: 'not-serving' });
    expect(await closing(serving, tunnelId)).toMatchObject({ code: 'not-serving' });
    const closed = await start({ rations: null });
    const [a, b] = [await volunteer(closed), await connect(closed.relay)];
    expect(await refusalOf(b, a.peerId)).toBe('off');
  });

  it('end when nobody joins, when nothing passes and when a socket closes', async () => {
    const test = await start();
    const [serving, asking] = [await volunteer(test), await connect(test.relay)];
    const alone = createTunnelId();
    join(asking, serving, alone);
    const first = await tunnelBetween(asking, serving);
    nowMs += 10_001;
    expect(await closing(asking, alone)).toMatchObject({ code: 'not-joined' });
    const second = await tunnelBetween(serving, asking);
    // Two peers need one.
    expect(await closing(serving, first)).toMatchObject({ code: 'peer-gone' });
    serving.close();
    expect(await closing(asking, second)).toMatchObject({ code: 'peer-gone' });
  });

  it('are at most twelve for one peer', async () => {
    const test = await start({ socketsPerAddressMax: 30 });
    const serving = await volunteer(test);
    const open = async () => tunnelBetween(await connect(test.relay), serving);
    for (let count = 0; count < 12; count += 1) await open();
    const [late, tunnelId] = [await connect(test.relay), createTunnelId()];
    join(late, serving, tunnelId);
    join(serving, late, tunnelId);
    expect(await closing(serving, tunnelId)).toMatchObject({ code: 'too-many-tunnels' });
    expect(serving.records).toEqual([]);
  });
});

describe('the ration of tunnels', () => {
  const KIB = 1024;
  const slow = { bytesPerSecond: 64 * KIB, bytesPerHour: 2 ** 40 };
  /** Everything that had been granted when the clock stands still. */
  const burst = 128 * KIB;

  it.each(['pair', 'identity', 'address', 'relay'] as const)(
    'lets no more pass than the %s has, and goes on with time',
    async (kind) => {
      const rations: TunnelRations = { ...DEFAULT_RATIONS, [kind]: slow };
      const test = await start({ rations });
      const [serving, asking] = [await volunteer(test), await connect(test.relay)];
      const tunnelId = await tunnelBetween(asking, serving);
      const first = (await pour(asking, serving, tunnelId, 100)) * TUNNEL_RECORD_BYTES_MAX;
      // The window towards the other side is granted too.
      expect(first).toBeLessThanOrEqual(burst - TUNNEL_WINDOW_BYTES);
      expect(first).toBeGreaterThan(burst - TUNNEL_WINDOW_BYTES - TUNNEL_RECORD_BYTES_MAX);
      const credits = () =>
        asking.received.reduce(
          (sum, message) => sum + (message.type === 'tunnel-credit' ? message.bytes : 0),
          0,
        );
      const before = credits();
      nowMs += 500;
      await vi.waitFor(() => expect(credits()).toBeGreaterThan(before));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(credits() - before).toBeLessThanOrEqual(32 * KIB);
      expect(asking.received.some((message) => message.type === 'tunnel-closed')).toBe(false);
    },
  );

  it('ends a tunnel when the hour is used up, and opens none until the next one', async () => {
    const hourly = { ...DEFAULT_RATIONS.pair, bytesPerHour: 200 * KIB };
    const test = await start({ rations: { ...DEFAULT_RATIONS, pair: hourly } });
    const [serving, asking] = [await volunteer(test), await connect(test.relay)];
    const tunnelId = await tunnelBetween(asking, serving);
    await pour(asking, serving, tunnelId, 100, 'until it closes');
    expect(await closing(asking, tunnelId)).toMatchObject({ code: 'over-ration' });
    expect(await closing(serving, tunnelId)).toMatchObject({ code: 'over-ration' });
    const passed = serving.records.length * TUNNEL_RECORD_BYTES_MAX;
    expect(passed).toBeLessThanOrEqual(200 * KIB);
    expect(passed).toBeGreaterThan(64 * KIB);
    const again = createTunnelId();
    join(asking, serving, again);
    join(serving, asking, again);
    expect(await closing(asking, again)).toMatchObject({ code: 'over-ration' });
    expect(await closing(serving, again)).toMatchObject({ code: 'over-ration' });
    nowMs += 3_600_000;
    await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(0));
    await serving.announce(
      entryOf(serving.identity, [holdingOf(test.modelRoot, 0, 1)], {
        sequence: 2,
        announcedAtMs: nowMs,
      }),
    );
    await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(1));
    await tunnelBetween(asking, serving);
  });

  it('closes a tunnel of which more is sent than was granted, and then the socket', async () => {
    const test = await start({ rations: { ...DEFAULT_RATIONS, pair: slow } });
    const [serving, asking] = [await volunteer(test), await connect(test.relay)];
    const tunnelId = await tunnelBetween(asking, serving);
    const record = recordOf(tunnelId, TUNNEL_RECORD_BYTES_MAX);
    for (let count = 0; count < 40; count += 1) asking.sendBytes(record);
    expect(await closing(serving, tunnelId)).toMatchObject({ code: 'over-limit' });
    expect(await asking.closed()).toBe(1008);
    expect(serving.records.length * TUNNEL_RECORD_BYTES_MAX).toBeLessThanOrEqual(burst);
  });

  it('strikes whoever sends what no record is', async () => {
    const test = await start();
    const peer = await connect(test.relay);
    peer.sendBytes(new Uint8Array(287));
    expect(await peer.next('refused')).toMatchObject({ code: 'malformed', fatal: false });
    peer.sendBytes(new Uint8Array(TUNNEL_RECORD_BYTES_MAX + 1));
    expect(await peer.next('refused')).toMatchObject({ code: 'malformed', fatal: false });
    peer.sendBytes(new Uint8Array(0));
    expect(await peer.closed()).toBe(1008);
  });

  it('waits for a slow reader instead of filling the memory of the relay', async () => {
    const nobody = { onProven() {}, onMessage: async () => {}, onRecord() {}, onEnd() {} };
    const handlers = { ...nobody, onRefused() {}, onFault() {} };
    const identities = [await createTestIdentity(), await createTestIdentity()];
    const ends = identities.map(({ publicIdentity }) => {
      const state = { bufferedBytes: 0, credit: 0, records: 0 };
      const connection = createConnection(
        {
          get bufferedBytes() {
            return state.bufferedBytes;
          },
          send(data) {
            if (typeof data !== 'string') state.records += 1;
            else state.credit += JSON.parse(data).bytes ?? JSON.parse(data).creditBytes ?? 0;
          },
          ping() {},
          close() {},
          terminate() {},
          listen() {},
        },
        {
          origin: '',
          mayServe: true,
          addressKey: '',
          embedKey: undefined,
          relayId: '',
          now: () => 0,
          tap: undefined,
        },
        handlers,
      );
      return { state, connection, identity: publicIdentity };
    });
    const [from, to] = ends as [(typeof ends)[0], (typeof ends)[0]];
    const entry = entryOf(identities[1] ?? (await createTestIdentity()), [holdingOf('ab', 0, 1)]);
    const table = createTunnelTable({
      rations: DEFAULT_RATIONS,
      events: { onOpened() {}, onClosed() {}, onCarried() {} },
      now: () => 0,
      connectionOf: (peerId) => ends.find((end) => end.identity.peerId === peerId)?.connection,
      entryOf: () => entry,
    });
    const tunnelId = createTunnelId();
    table.join(from, { type: 'join-tunnel', tunnelId, peerId: to.identity.peerId });
    table.join(to, { type: 'join-tunnel', tunnelId, peerId: from.identity.peerId });
    to.state.bufferedBytes = RELAY_BUFFERED_BYTES_SLOW + 1;
    const sendAll = () => {
      for (; from.state.credit >= 10_000; from.state.credit -= 10_000) {
        table.carry(from.connection, recordOf(tunnelId, 10_000));
      }
    };
    for (let round = 0; round < 5; round += 1) {
      sendAll();
      table.tick(round);
    }
    expect(to.state.records).toBe(Math.floor(TUNNEL_WINDOW_BYTES / 10_000));
    to.state.bufferedBytes = 0;
    table.tick(10);
    sendAll();
    expect(to.state.records).toBeGreaterThan(6);
  });
});

describe('blindness towards tunnels', () => {
  it('counts them, and keeps who, where and what out of metrics and log', async () => {
    const logged: string[] = [];
    const log = createLog({ destination: { write: (line) => logged.push(line) }, level: 'trace' });
    const tapped: (string | Uint8Array)[] = [];
    const test = await start({ log, tap: (_, data) => tapped.push(data) });
    const [serving, asking] = [await volunteer(test), await connect(test.relay)];
    const tunnelId = await tunnelBetween(asking, serving);
    const marker = `marker-${randomText(24)}`;
    const record = recordOf(tunnelId, 400);
    record.set(new TextEncoder().encode(marker), 40);
    asking.sendBytes(record);
    await vi.waitFor(() => expect(serving.records).toHaveLength(1));
    const metrics = await (await fetch(`${test.relay.url}/metrics`)).text();
    expect(metrics).toContain('manyhands_relay_tunnels 1');
    expect(metrics).toContain('manyhands_relay_tunnels_opened_total 1');
    expect(metrics).toContain('manyhands_relay_tunnel_records_total 1');
    expect(metrics).toContain('manyhands_relay_tunnel_bytes_total 400');
    asking.close();
    await closing(serving, tunnelId);
    const after = await (await fetch(`${test.relay.url}/metrics`)).text();
    expect(after).toContain('manyhands_relay_tunnels_closed_total{code="peer-gone"} 1');
    await test.relay.stop();
    // The tap would have shown it.
    expect(tapped.filter((data) => Buffer.from(data).includes(marker))).toHaveLength(2);
    const written = logged.join('') + metrics + after;
    for (const secret of [marker, tunnelId, asking.peerId, serving.peerId, '127.0.0.1']) {
      expect(written).not.toContain(secret);
    }
  });
});
