import {
  RELAY_MESSAGE_BYTES_MAX,
  REPORT_PEERS_MAX,
  REPORT_TEXT_LENGTH_MAX,
  TALLY_TOKENS_MAX,
} from '@manyhands/protocol/limits';
import { afterEach, describe, expect, it } from 'vitest';
import type { Announcement } from './announcer.ts';
import { createFakeRelay } from './fake-relay.ts';
import { createIdentity } from './identity.ts';
import { REPORT_TIMEOUT_MS, REPORTS_MAX } from './limits.ts';
import { createRelayLink, type RelayLink } from './relay-link.ts';
import type { Report } from './reports.ts';

const ORIGIN = 'https://example.org';
const PEER_ID = `${'a'.repeat(22)}.${'b'.repeat(11)}`;
const report: Report = { reason: 'wrong', modelRoot: 'ab'.repeat(32), peerIds: [PEER_ID] };

const links: RelayLink[] = [];
afterEach(() => {
  for (const link of links.splice(0)) link.dispose();
});

async function connectTo(version: number) {
  const relay = createFakeRelay({ origin: ORIGIN, version });
  const link = createRelayLink({
    url: 'wss://relay.example',
    identity: await createIdentity(),
    origin: ORIGIN,
    host: relay.host,
    random: () => 0,
    clock: relay.clock,
  });
  links.push(link);
  await expect.poll(() => link.state).toBe('open');
  expect(relay.proofs).toEqual([true]);
  return { relay, link };
}

describe('a report', () => {
  it('is answered by what became of it', async () => {
    const { relay, link } = await connectTo(5);
    const outcomes = ['taken', 'off', 'too-many', 'full'] as const;
    const answers = outcomes.map(() => link.report(report));
    const sent = relay.messagesOf('report');
    expect(sent.map(({ requestId: _id, type: _type, ...said }) => said)).toEqual(
      outcomes.map(() => report),
    );
    // In another order than they were asked for.
    for (const [index, outcome] of [...outcomes.entries()].reverse()) {
      relay.send({ type: 'reported', requestId: sent[index]?.requestId ?? -1, outcome });
    }
    expect(await Promise.all(answers)).toEqual(outcomes);
  });

  it('is not sent to a relay of the version before', async () => {
    const { relay, link } = await connectTo(4);
    expect(await link.report(report)).toBe('unsupported');
    expect(relay.messagesOf('report')).toEqual([]);
    expect(link.state).toBe('open');
  });

  it('is cut to what a message may carry, in any script', async () => {
    const { relay, link } = await connectTo(5);
    const text = '\u0000\ud800手\n'.repeat(REPORT_TEXT_LENGTH_MAX);
    const peerIds = new Array<string>(30).fill(PEER_ID);
    void link.report({ ...report, note: ' \u0007 ', text, peerIds }).catch(() => undefined);
    // Parsed by the protocol's own schema on the way.
    const [sent] = relay.messagesOf('report');
    expect(sent?.text?.startsWith('手\n手')).toBe(true);
    expect(sent).not.toHaveProperty('note');
    expect(sent?.peerIds).toHaveLength(REPORT_PEERS_MAX);
    const full = { ...sent, text: '手'.repeat(REPORT_TEXT_LENGTH_MAX) };
    expect(Buffer.byteLength(JSON.stringify(full))).toBeLessThan(RELAY_MESSAGE_BYTES_MAX);
  });

  it('fails with a code without a relay, an answer, or room', async () => {
    const { relay, link } = await connectTo(5);
    const unreachable = { code: 'relay-unreachable' };
    const late = expect(link.report(report)).rejects.toMatchObject(unreachable);
    relay.advance(REPORT_TIMEOUT_MS);
    await late;
    const many = Array.from({ length: REPORTS_MAX + 1 }, () => link.report(report));
    const failures = Promise.allSettled(many);
    await expect(many.at(-1)).rejects.toMatchObject({ code: 'over-limit' });
    relay.drop();
    const codes = (await failures).map((one) => one.status === 'rejected' && one.reason.code);
    expect(codes).toEqual([...new Array(REPORTS_MAX).fill('relay-unreachable'), 'over-limit']);
    await expect(link.report(report)).rejects.toMatchObject(unreachable);
  });
});

describe('a tally', () => {
  const announcement: Announcement = {
    holdings: [],
    memoryBytes: 1,
    numericClass: 'wasm-f32',
    deviceKind: 'desktop',
    state: 'serving',
    sessions: 0,
    sessionsMax: 4,
  };
  const tokensOf = ({ messagesOf }: ReturnType<typeof createFakeRelay>) =>
    messagesOf('tally').map(({ tokens }) => tokens);
  /** A signature is made before anything is sent. */
  const announced = (relay: ReturnType<typeof createFakeRelay>, count: number) =>
    expect.poll(() => relay.messagesOf('announce').length).toBe(count);

  it('goes with the heartbeat, and says what is new', async () => {
    const { relay, link } = await connectTo(5);
    let served = 0;
    link.announce(
      () => announcement,
      () => served,
    );
    await announced(relay, 1);
    served = 7;
    relay.advance(10_000);
    await announced(relay, 2);
    expect(tokensOf(relay)).toEqual([7]);
    // Not with an announcement in between: it comes with every session.
    served = 8;
    link.announce(
      () => announcement,
      () => served,
    );
    await announced(relay, 3);
    expect(tokensOf(relay)).toEqual([7]);
    served = 9;
    link.withdraw();
    expect(relay.received.slice(-2).map(({ type }) => type)).toEqual(['tally', 'withdraw']);
    expect(tokensOf(relay)).toEqual([7, 2]);
  });

  it('makes up for the time without a relay, within reason', async () => {
    const { relay, link } = await connectTo(5);
    let served = 3;
    link.announce(
      () => announcement,
      () => served,
    );
    await announced(relay, 1);
    relay.drop();
    served = TALLY_TOKENS_MAX * 2;
    relay.advance(1_000);
    await expect.poll(() => relay.welcomeCount).toBe(2);
    await announced(relay, 2);
    expect(tokensOf(relay)).toEqual([3]);
    relay.advance(10_000);
    await announced(relay, 3);
    await expect.poll(() => tokensOf(relay)).toEqual([3, TALLY_TOKENS_MAX]);
  });

  it('is not sent to a relay of the version before, nor where nothing is counted', async () => {
    for (const [version, count] of [
      [4, () => 5],
      [5, undefined],
    ] as const) {
      const { relay, link } = await connectTo(version);
      link.announce(() => announcement, count);
      await announced(relay, 1);
      link.withdraw();
      expect(relay.received.at(-1)?.type).toBe('withdraw');
      expect(tokensOf(relay)).toEqual([]);
    }
  });
});
