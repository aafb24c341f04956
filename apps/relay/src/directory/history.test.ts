import type { DirectoryEntry, Holding } from '@manyhands/protocol/directory';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HISTORY_SAMPLES_MAX, TALLY_TOKENS_PER_MINUTE_MAX } from '../limits.ts';
import { fakeEntry, fakeSigned } from '../testing/fake-entry.ts';
import { entryOf, holdingOf, randomText } from '../testing/test-identity.ts';
import { connect, type TestPeer } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay } from '../testing/test-relay.ts';
import { createDirectory } from './directory.ts';
import { createHistory } from './history.ts';

const START_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const ROOT = 'ab'.repeat(32);

function openHistory() {
  const directory = createDirectory(() => undefined);
  const history = createHistory({ directory, startMs: START_MS });
  const put = (peer: number, more: Partial<DirectoryEntry> = {}, endBlock = 4) => {
    const entry = fakeEntry(peer, [{ modelRoot: ROOT, firstBlock: 0, endBlock }], more);
    directory.put(entry, fakeSigned(entry), START_MS);
    return entry;
  };
  /** Holds the last stage as well. */
  const putLast = (peer: number) => {
    const { holdings } = put(peer);
    const last = holdings.map(
      (one): Holding => (one.kind === 'blocks' ? { ...one, heads: true } : one),
    );
    return put(peer, { holdings: last }).identity.peerId;
  };
  return { directory, history, put, putLast };
}

describe('the history', () => {
  it('has a sample a minute, the oldest first', () => {
    const { directory, history, put, putLast } = openHistory();
    expect(history.read()).toEqual({ everyS: 60, samples: [] });
    const peerId = putLast(1);
    put(2, { state: 'drains' });
    put(3, { holdings: [] });
    // Another tab of the first profile.
    const second = put(4);
    const identity = { ...second.identity, peerId: `${peerId.slice(0, 23)}${'u'.repeat(11)}` };
    directory.remove(second.identity.peerId);
    put(4, { identity });
    history.count(peerId, 30);
    history.count(peerId, 12);
    history.tick(START_MS + MINUTE_MS - 1);
    expect(history.read().samples).toEqual([]);
    history.tick(START_MS + MINUTE_MS);
    directory.remove(peerId);
    history.tick(START_MS + 2 * MINUTE_MS);
    const at = START_MS / 1_000 + 60;
    expect(history.read().samples).toEqual([
      { at, volunteers: 2, identities: 1, tokens: 42 },
      { at: at + 60, volunteers: 1, identities: 1, tokens: 0 },
    ]);
  });

  it('keeps a day, and a gap where the machine slept', () => {
    const { history } = openHistory();
    for (let minute = 1; minute <= HISTORY_SAMPLES_MAX + 5; minute += 1) {
      history.tick(START_MS + minute * MINUTE_MS + 200);
    }
    const { samples } = history.read();
    expect(samples).toHaveLength(HISTORY_SAMPLES_MAX);
    expect(samples[0]?.at).toBe(START_MS / 1_000 + 6 * 60);
    const lateMs = START_MS + 2 * HISTORY_SAMPLES_MAX * MINUTE_MS;
    for (let tick = 0; tick < 100; tick += 1) history.tick(lateMs + tick * 250);
    expect(
      history
        .read()
        .samples.slice(-2)
        .map(({ at }) => at),
    ).toEqual([samples.at(-1)?.at, lateMs / 1_000]);
  });

  it('believes no profile more than is plausible', () => {
    const { history, put, putLast } = openHistory();
    const [liar, honest] = [putLast(1), putLast(2)];
    for (let count = 0; count < 10; count += 1) history.count(liar, TALLY_TOKENS_PER_MINUTE_MAX);
    history.count(honest, 5);
    // Nobody serves there, or only stages from which no answer comes.
    history.count(`${'9'.repeat(22)}.${'t'.repeat(11)}`, 1_000);
    history.count(put(3).identity.peerId, 1_000);
    history.tick(START_MS + MINUTE_MS);
    expect(history.read().samples[0]?.tokens).toBe(TALLY_TOKENS_PER_MINUTE_MAX + 5);
  });
});

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const HistoryView = v.strictObject({
  everyS: v.literal(1),
  samples: v.array(
    v.strictObject({ at: Count, volunteers: Count, identities: Count, tokens: Count }),
  ),
});

describe('/api/history', () => {
  let test: TestRelay;
  let nowMs = Date.now();
  beforeAll(async () => {
    test = await startTestRelay({ historyEveryS: 1, now: () => nowMs });
  });
  afterAll(() => test.dispose());
  const read = async () => {
    const answer = await fetch(`${test.relay.url}/api/history`, {
      headers: { Origin: 'https://elsewhere.example' },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('content-type')).toBe('application/json');
    return v.parse(HistoryView, await answer.json()).samples;
  };
  const lastSample = async () => {
    const before = (await read()).length;
    nowMs += 1_000;
    await expect.poll(async () => (await read()).length).toBeGreaterThan(before);
    return (await read()).at(-1);
  };
  const whole = (modelRoot: string): Holding =>
    ({ ...holdingOf(modelRoot, 0, 4), heads: true }) as Holding;
  /** Messages of one socket are handled in order. */
  const handled = async (peer: TestPeer) => {
    peer.send({ type: 'watch-network' });
    await peer.next('network');
  };

  it('counts volunteers of the public network and what they say they served', async () => {
    expect(await read()).toEqual([]);
    const peer = await connect(test.relay);
    const entry = entryOf(peer.identity, [whole(test.modelRoot)], { announcedAtMs: nowMs });
    await peer.announce(entry);
    peer.send({ type: 'tally', tokens: 17 });
    await handled(peer);
    expect(await lastSample()).toMatchObject({ volunteers: 1, identities: 1, tokens: 17 });
    expect(await lastSample()).toMatchObject({ volunteers: 1, identities: 1, tokens: 0 });
    peer.close();
    await expect.poll(() => test.relay.volunteerCount).toBe(0);
  });

  it('counts nobody of a circle', async () => {
    const member = await connect(test.relay);
    const membership = randomText(32);
    const holdings = [whole('cd'.repeat(32))];
    await member.announce(entryOf(member.identity, holdings, { membership, announcedAtMs: nowMs }));
    member.send({ type: 'tally', tokens: 17 });
    await handled(member);
    expect(await lastSample()).toMatchObject({ volunteers: 0, identities: 0, tokens: 0 });
    member.close();
  });
});
