import { TUNNEL_WINDOW_BYTES } from '@manyhands/protocol/limits';
import { decodeRecord, TUNNEL_RECORD_EXTRA_BYTES } from '@manyhands/protocol/tunnel-record';
import { afterEach, describe, expect, it } from 'vitest';
import { deriveCircleKeys, openCircle } from './circle.ts';
import { createInvite } from './circle-invite.ts';
import { createIdentity } from './identity.ts';
import { PING_GAP_MS, TUNNEL_MESSAGES_RESERVE_BYTES } from './limits.ts';
import { closeSession, collect, nextLink, transportAcceptance } from './transport-acceptance.ts';
import {
  BOTH,
  createPair,
  disposeLater,
  endPairs,
  failing,
  neverConnecting,
  RELAY_ONLY,
  TAKES_NONE,
} from './tunnel-pair-testing.ts';
import { contentLengthOf } from './tunnel-seal.ts';
import { flipped, type Meddle } from './tunnel-switchboard-testing.ts';
import { createWebRtcTransport } from './webrtc-transport.ts';

afterEach(endPairs);

transportAcceptance('relay', createPair, 'relay');

const failsWith = (code: string) => expect.objectContaining({ name: 'SwarmError', code });

describe('the way through the relay', () => {
  it('links members of one circle, and nobody with them, whoever dials', async () => {
    const open = async () =>
      openCircle(await deriveCircleKeys(createInvite('A circle', Date.now() + 60_000)));
    const [circle, other] = await Promise.all([open(), open()]);
    const members = await createPair({ members: { low: circle, high: circle } });
    expect((await members.low.connect(members.high.peerId)).isOpen).toBe(true);
    // Somebody whose signals could be opened still has to prove it on the link.
    const intruder = { ...other, sealShare: circle.sealShare };
    for (const pair of [
      { low: circle, high: intruder },
      { low: intruder, high: circle },
    ]) {
      for (const dialler of ['low', 'high'] as const) {
        const ends = await createPair({ members: pair });
        const linkCounts = { low: 0, high: 0 };
        ends.low.onLink(() => linkCounts.low++);
        ends.high.onLink(() => linkCounts.high++);
        const target = dialler === 'low' ? ends.high : ends.low;
        await ends[dialler].connect(target.peerId).catch(() => undefined);
        await expect.poll(() => ends.low.links.size + ends.high.links.size).toBe(0);
        expect(linkCounts).toEqual({ low: 0, high: 0 });
      }
    }
  });

  it.each([
    ['neither connects', BOTH, BOTH, neverConnecting],
    ['ICE fails', BOTH, BOTH, failing],
    ['the lower shows no address', RELAY_ONLY, BOTH, neverConnecting],
    ['the higher shows no address', BOTH, RELAY_ONLY, neverConnecting],
  ])('is taken by both when %s', async (_, low, high, createConnection) => {
    for (const side of ['low', 'high'] as const) {
      const made = await createPair({ low, high, createConnection });
      const [dialler, other] = side === 'low' ? [made.low, made.high] : [made.high, made.low];
      const theirs = nextLink(other);
      const link = await dialler.connect(other.peerId);
      const received = collect(await theirs);
      link.sendMessage(closeSession(1));
      await expect.poll(() => received.messages).toEqual([closeSession(1)]);
      expect(await link.stats()).toMatchObject({ path: 'relay', isDirect: false });
      expect([dialler.links.size, other.links.size]).toEqual([1, 1]);
      made.dispose();
    }
  });

  it('makes one link when both dial at once and only one of them shows its address', async () => {
    for (const low of [BOTH, RELAY_ONLY]) {
      const made = await createPair({ low, high: low === BOTH ? RELAY_ONLY : BOTH });
      const links = await Promise.all([
        made.low.connect(made.high.peerId),
        made.high.connect(made.low.peerId),
      ]);
      const received = collect(links[1]);
      links[0].sendMessage(closeSession(4));
      await expect.poll(() => received.messages).toEqual([closeSession(4)]);
      expect([made.low.links.size, made.high.links.size]).toEqual([1, 1]);
      made.dispose();
    }
  });

  it('is taken at once where no direct path led before', async () => {
    const { low, high, board } = await createPair({ low: BOTH, high: BOTH });
    (await low.connect(high.peerId)).close('closed-locally');
    await expect.poll(() => high.links.size).toBe(0);
    const countBefore = board.signals.length;
    await low.connect(high.peerId);
    // An offer and an answer: no description of a direct attempt.
    expect(board.signals.length - countBefore).toBe(2);
  });

  it('is refused, with a code, by a tab that takes no such links, and is open to its own', async () => {
    for (const low of [BOTH, RELAY_ONLY, TAKES_NONE]) {
      const high = low === TAKES_NONE ? BOTH : TAKES_NONE;
      const made = await createPair({ low, high });
      const [refusing, other] = low === TAKES_NONE ? [made.low, made.high] : [made.high, made.low];
      await expect(other.connect(refusing.peerId)).rejects.toThrow(failsWith('peer-declined'));
      expect([made.low.links.size, made.high.links.size]).toEqual([0, 0]);
      expect((await refusing.connect(other.peerId)).isOpen).toBe(true);
      made.dispose();
    }
  });

  it('ends links that a changed policy no longer allows', async () => {
    const made = await createPair({ low: BOTH });
    const theirs = nextLink(made.low);
    const here = collect(await made.high.connect(made.low.peerId));
    const there = collect(await theirs);
    made.low.applyPaths();
    expect(there.reasons).toEqual([]);
    made.paths.low = TAKES_NONE;
    made.low.applyPaths();
    expect(there.reasons).toEqual(['closed-locally']);
    await expect.poll(() => here.reasons).toEqual(['goodbye']);
  });

  it('ends with the relay, and with its reason', async () => {
    const { low, high, board } = await createPair();
    const here = collect(await low.connect(high.peerId));
    board.close('over-ration');
    await expect.poll(() => here.reasons).toEqual(['peer-gone']);
    board.refusal = 'over-ration';
    await expect(high.connect(low.peerId)).rejects.toThrow(failsWith('over-ration'));
  });
});

describe('rations', () => {
  it('make a link wait, lose nothing, and let messages and steps go before bulk', async () => {
    const { low, high, board } = await createPair();
    const theirs = nextLink(high);
    const link = await low.connect(high.peerId);
    const received = collect(await theirs);
    board.isGranting = false;
    const frames = Array.from({ length: 8 }, (_, index) => new Uint8Array(12_000).fill(index));
    for (const frame of frames) link.sendFrame(frame, 'bulk');
    await expect.poll(() => received.frames.length).toBe(2);
    link.sendMessage(closeSession(9));
    link.sendFrame(new Uint8Array(100).fill(99), 'latency');
    // What is left of the first grant is too little for bulk, not for these.
    await expect.poll(() => received.frames.at(-1)?.[0]).toBe(99);
    expect(received.messages).toEqual([closeSession(9)]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received.frames.length).toBe(3);
    for (let round = 0; round < 12; round++) board.grant(low.peerId, 10_000);
    await expect.poll(() => received.frames.length).toBe(9);
    const bulk = received.frames.filter(({ length }) => length === 12_000);
    expect(bulk.map((frame) => frame[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('leave enough for the beats of two seconds, whatever waits', async () => {
    const { low, high, board } = await createPair();
    const theirs = nextLink(high);
    const link = await low.connect(high.peerId);
    const received = collect(await theirs);
    board.isGranting = false;
    for (let step = 0; step < 200; step++) link.sendFrame(new Uint8Array(600), 'latency');
    // As many as leave the reserve, give or take what the opening link said.
    const recordBytes = contentLengthOf(600) + TUNNEL_RECORD_EXTRA_BYTES;
    const most = Math.floor((TUNNEL_WINDOW_BYTES - TUNNEL_MESSAGES_RESERVE_BYTES) / recordBytes);
    await expect.poll(() => received.frames.length).toBeGreaterThan(most - 15);
    expect(received.frames.length).toBeLessThanOrEqual(most);
    // What a link that opens asks about its round trip, and answers, is taken from the same reserve.
    await resting(board, PING_GAP_MS * 2);
    for (let beat = 0; beat < 20; beat++) link.sendMessage({ type: 'beat' });
    const beats = () => received.messages.filter(({ type }) => type === 'beat');
    await expect.poll(() => beats().length).toBe(20);
    for (let round = 0; round < 12; round++) board.grant(low.peerId, 10_000);
    await expect.poll(() => received.frames.length).toBe(200);
  });
});

describe('a relay that meddles', () => {
  const meddled = async (arrange: (made: Awaited<ReturnType<typeof createPair>>) => Meddle) => {
    const made = await createPair();
    const theirs = nextLink(made.high);
    const link = await made.low.connect(made.high.peerId);
    const [here, there] = [collect(link), collect(await theirs)];
    link.sendMessage(closeSession(1));
    await expect.poll(() => there.messages.length).toBe(1);
    await resting(made.board);
    made.board.meddle = arrange(made);
    for (let epoch = 2; epoch < 6; epoch++) {
      if (link.isOpen) link.sendMessage(closeSession(epoch));
    }
    return { ...made, here, there };
  };
  /** Changes the first record towards the higher peer. */
  const once = (change: Meddle): Meddle => {
    let isDone = false;
    return (passing) => {
      if (isDone) return undefined;
      isDone = true;
      return change(passing);
    };
  };

  it('cannot flip a single bit of what is sealed', async () => {
    for (const bit of [128, 129, 700, 256 * 8, 287 * 8 + 7]) {
      const { there } = await meddled(() =>
        once((passing) => [{ ...passing, record: flipped(passing.record, bit) }]),
      );
      await expect.poll(() => there.reasons).toEqual(['protocol-violation']);
      expect(there.messages).toEqual([closeSession(1)]);
    }
  });

  it('cannot repeat, drop or reorder a record, or send one back', async () => {
    const replaying = await meddled(() => once((passing) => [passing, passing]));
    await expect.poll(() => replaying.there.reasons).toEqual(['protocol-violation']);
    expect(replaying.there.messages).toEqual([closeSession(1), closeSession(2)]);

    const old = await meddled(({ board }) =>
      once((passing) => [...board.records.filter(({ to }) => to === passing.to).slice(0, 1)]),
    );
    await expect.poll(() => old.there.reasons).toEqual(['protocol-violation']);
    expect(old.there.messages).toEqual([closeSession(1)]);

    const dropping = await meddled(() => once(() => []));
    await expect.poll(() => dropping.there.reasons).toEqual(['protocol-violation']);
    expect(dropping.there.messages).toEqual([closeSession(1)]);

    let kept: Parameters<Meddle>[0] | undefined;
    const reordering = await meddled(() => (passing) => {
      if (kept === undefined) {
        kept = passing;
        return [];
      }
      return [passing, kept];
    });
    await expect.poll(() => reordering.there.reasons).toEqual(['protocol-violation']);
    expect(reordering.there.messages).toEqual([closeSession(1)]);

    const mirroring = await meddled(() =>
      once((passing) => [{ ...passing, to: passing.from, from: passing.to }]),
    );
    await expect.poll(() => mirroring.here.reasons).toEqual(['protocol-violation']);
    expect(mirroring.here.messages).toEqual([]);
  });

  it('cannot put in a record of its own, or of a third peer', async () => {
    const { there } = await meddled(({ board }) =>
      once((passing) => {
        const record = crypto.getRandomValues(new Uint8Array(passing.record.length));
        record.set(passing.record.subarray(0, 16));
        board.deliver({ ...passing, record });
        return undefined;
      }),
    );
    await expect.poll(() => there.reasons).toEqual(['protocol-violation']);
    expect(there.messages).toEqual([closeSession(1)]);
  });

  it('is not hurt by records of tunnels that nobody has', async () => {
    const { there, board, high } = await meddled(() => () => undefined);
    board.deliver({ from: '', to: high.peerId, record: new Uint8Array(300).fill(7) });
    board.deliver({ from: '', to: high.peerId, record: new Uint8Array(3) });
    await expect.poll(() => there.messages.length).toBe(5);
    expect(there.reasons).toEqual([]);
  });

  it('cannot join two peers under other names, or answer for one', async () => {
    const made = await createPair({ connectTimeoutMs: 800 });
    const mallory = await createIdentity();
    const { signaling, tunnels } = made.board.join(mallory.publicIdentity);
    const evil = createWebRtcTransport({
      identity: mallory,
      signaling,
      tunnels,
      iceServers: () => [],
      nowMs: Date.now,
      paths: () => RELAY_ONLY,
    });
    disposeLater(evil);
    // Whatever is meant for the higher peer goes to the third one, and its answers come in that name.
    const seat = made.board.seats.get(made.high.peerId);
    const evilSeat = made.board.seats.get(mallory.peerId);
    if (seat === undefined || evilSeat === undefined) throw new Error('two seats');
    made.board.seats.set(made.high.peerId, { ...evilSeat, identity: seat.identity });
    await expect(made.low.connect(made.high.peerId)).rejects.toThrow(failsWith('peer-unreachable'));
    expect([made.low.links.size, evil.links.size]).toEqual([0, 0]);
  });

  it('sees only padded sizes, and the same of texts that differ', async () => {
    const { low, high, board } = await createPair();
    const theirs = nextLink(high);
    const link = await low.connect(high.peerId);
    const there = collect(await theirs);
    const from = board.records.length;
    for (let index = 0; index < 10; index++) {
      link.sendFrame(new Uint8Array(100 + index).fill(65), 'latency');
    }
    await expect.poll(() => there.frames.length).toBe(10);
    const sealed = board.records.slice(from).map(({ record }) => decodeRecord(record).sealed);
    expect(new Set(sealed.map(({ length }) => length)).size).toBe(1);
    // With the pings of a link that just opened.
    expect(sealed.length).toBeGreaterThanOrEqual(10);
    expect(new Set(sealed.map(String)).size).toBe(sealed.length);
  });
});

/** A link that opens measures its round trip: until that rests, the next record may be a ping. */
async function resting(board: { readonly records: readonly unknown[] }, intervalMs = 40) {
  const counts: number[] = [];
  const isResting = () => {
    counts.push(board.records.length);
    return counts.length > 3 && new Set(counts.slice(-3)).size === 1;
  };
  await expect.poll(isResting, { interval: intervalMs }).toBe(true);
}
