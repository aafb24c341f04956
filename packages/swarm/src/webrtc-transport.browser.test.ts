import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deriveCircleKeys, type LinkMembership, openCircle } from './circle.ts';
import { createInvite } from './circle-invite.ts';
import { createIdentity, type Identity, loadIdentity } from './identity.ts';
import { createMemoryIdentityStore } from './identity-store.ts';
import type { Transport } from './link.ts';
import type { CreatePeerConnection, PeerConnection } from './peer-connection.ts';
import type { Signaling } from './signaling.ts';
import { createSimplePeerConnection } from './simple-peer-connection.ts';
import { closeSession, collect, nextLink, transportAcceptance } from './transport-acceptance.ts';
import { createWebRtcTransport } from './webrtc-transport.ts';

/** A relay inside the page, which may misbehave. */
function createSwitchboard() {
  const handlers = new Map<PeerId, (from: PublicIdentity, sealed: string) => void>();
  const identities = new Map<PeerId, PublicIdentity>();
  const log: { from: PublicIdentity; to: PeerId; sealed: string }[] = [];
  let isDelivering = true;
  const deliver = (from: PublicIdentity, to: PeerId, sealed: string) =>
    queueMicrotask(() => handlers.get(to)?.(from, sealed));
  const signalingOf = (self: PublicIdentity): Signaling => {
    identities.set(self.peerId, self);
    return {
      signalTo(to, sealed) {
        log.push({ from: self, to, sealed });
        if (isDelivering) deliver(self, to, sealed);
      },
      onSignal(handler) {
        handlers.set(self.peerId, handler);
        return () => handlers.delete(self.peerId);
      },
      onUnreachable: () => () => {},
      identityOf: (peerId) => identities.get(peerId),
    };
  };
  const stop = () => {
    isDelivering = false;
  };
  return { signalingOf, identities, log, deliver, stop };
}

interface PairOptions {
  readonly isDeclining?: boolean;
  readonly identities?: [Identity, Identity];
  /** Of the peer with the lower id, who makes the offers. */
  readonly createConnection?: CreatePeerConnection;
  readonly createOther?: CreatePeerConnection;
  readonly connectTimeoutMs?: number;
  readonly members?: readonly [LinkMembership | undefined, LinkMembership | undefined];
}

const opened: Transport[] = [];
afterEach(() => {
  for (const transport of opened.splice(0)) transport.dispose();
});

async function createPair(options: PairOptions = {}) {
  const switchboard = createSwitchboard();
  const identities =
    options.identities ?? (await Promise.all([createIdentity(), createIdentity()]));
  identities.sort((a, b) => (a.peerId < b.peerId ? -1 : 1));
  const create = (
    identity: Identity,
    membership: LinkMembership | undefined,
    createConnection = createSimplePeerConnection,
  ) => {
    const transport = createWebRtcTransport({
      identity,
      signaling: switchboard.signalingOf(identity.publicIdentity),
      iceServers: () => [],
      nowMs: Date.now,
      accept: () => (options.isDeclining ? 'busy' : 'accept'),
      createConnection,
      membership,
      connectTimeoutMs: options.connectTimeoutMs ?? 20_000,
    });
    opened.push(transport);
    return transport;
  };
  const low = create(identities[0], options.members?.[0], options.createConnection);
  const high = create(identities[1], options.members?.[1], options.createOther);
  const dispose = () => {
    low.dispose();
    high.dispose();
  };
  return { low, high, identities, switchboard, dispose };
}

transportAcceptance('webrtc', createPair);

describe('webrtc transport', () => {
  const failsWith = (code: string) => expect.objectContaining({ name: 'SwarmError', code });

  it('links tabs of one profile', async () => {
    const store = createMemoryIdentityStore();
    const identities = await Promise.all([loadIdentity(store), loadIdentity(store)]);
    const { low, high } = await createPair({ identities });
    expect((await low.connect(high.peerId)).isOpen).toBe(true);
  });

  it('links members of one circle with each other and with nobody else', async () => {
    const open = async () =>
      openCircle(await deriveCircleKeys(createInvite('A circle', Date.now() + 60_000)));
    const [circle, other] = await Promise.all([open(), open()]);
    const members = await createPair({ members: [circle, circle] });
    expect((await members.low.connect(members.high.peerId)).isOpen).toBe(true);
    // Somebody whose signals could be opened still has to prove it on the link.
    const intruder = { ...other, sealShare: circle.sealShare };
    const { low, high } = await createPair({ members: [circle, intruder] });
    let linkCount = 0;
    low.onLink(() => linkCount++);
    await expect(low.connect(high.peerId)).rejects.toThrow(failsWith('handshake-failed'));
    await expect.poll(() => high.links.size).toBe(0);
    expect(linkCount).toBe(0);
    // Of anybody else’s there is not even a connection that would show an address.
    for (const stranger of [other, undefined]) {
      let connectionCount = 0;
      const pair = await createPair({
        members: [circle, stranger],
        connectTimeoutMs: 300,
        createConnection: (...args) => {
          connectionCount += 1;
          return createSimplePeerConnection(...args);
        },
      });
      await expect(pair.high.connect(pair.low.peerId)).rejects.toThrow(
        failsWith('peer-unreachable'),
      );
      expect(connectionCount).toBe(0);
    }
  });

  it('makes no link when the connection ends at another certificate than was sealed', async () => {
    const other = Array.from({ length: 32 }, () => 'AB').join(':');
    const { low, high } = await createPair({
      createConnection: swapping({ remote: `sha-256 ${other}` }),
    });
    await expect(low.connect(high.peerId)).rejects.toThrow(failsWith('fingerprint-mismatch'));
    await expect.poll(() => high.links.size).toBe(0);
  });

  it('makes no link when the other end saw another certificate of ours', async () => {
    const other = Array.from({ length: 32 }, () => 'AB').join(':');
    const { low, high } = await createPair({
      createConnection: swapping({ local: `sha-256 ${other}` }),
    });
    let linkCount = 0;
    high.onLink(() => linkCount++);
    await expect(low.connect(high.peerId)).rejects.toThrow(/./);
    expect([low.links.size, high.links.size, linkCount]).toEqual([0, 0, 0]);
  });

  it('makes no link when the description was changed to another fingerprint', async () => {
    const changing: CreatePeerConnection = (options, handlers) => {
      const connection = createSimplePeerConnection(options, handlers);
      return {
        ...connection,
        get bufferedTextBytes() {
          return connection.bufferedTextBytes;
        },
        signal(data) {
          if (!('sdp' in data)) connection.signal(data);
          else {
            const sdp = data.sdp.replace(/(?<=a=fingerprint:sha-256 )../, (first) =>
              first === '00' ? '01' : '00',
            );
            connection.signal({ ...data, sdp });
          }
        },
      };
    };
    const { low, high } = await createPair({ createConnection: changing, connectTimeoutMs: 3_000 });
    await expect(low.connect(high.peerId)).rejects.toThrow(failsWith('peer-unreachable'));
    expect([low.links.size, high.links.size]).toEqual([0, 0]);
  });

  it('dials nobody under a key that the directory swapped', async () => {
    const { low, high, switchboard } = await createPair();
    const { publicIdentity } = await createIdentity();
    const real = switchboard.identities.get(high.peerId) as PublicIdentity;
    switchboard.identities.set(high.peerId, { ...real, agreement: publicIdentity.agreement });
    await expect(low.connect(high.peerId)).rejects.toThrow(failsWith('peer-unreachable'));
    expect(switchboard.log).toEqual([]);
  });

  it('ignores signals replayed by the relay', async () => {
    const { low, high, switchboard } = await createPair();
    const theirLink = nextLink(low);
    const link = await high.connect(low.peerId);
    const [here, there] = [collect(link), collect(await theirLink)];
    let linkCount = 0;
    low.onLink(() => linkCount++);
    high.onLink(() => linkCount++);
    const sentCount = switchboard.log.length;
    for (const { from, to, sealed } of [...switchboard.log]) switchboard.deliver(from, to, sealed);
    // Also in the other's name.
    for (const { to, sealed } of [...switchboard.log]) {
      const other = switchboard.identities.get(to) as PublicIdentity;
      switchboard.deliver(other, to, sealed);
    }
    link.sendMessage(closeSession(1));
    await expect.poll(() => there.messages.length).toBe(1);
    expect([linkCount, here.reasons.length, there.reasons.length]).toEqual([0, 0, 0]);
    expect(switchboard.log.length).toBe(sentCount);
  });

  it('takes a message for a channel that is closing, whose end comes a moment later', async () => {
    const { low, high } = await createPair();
    const link = await low.connect(high.peerId);
    const send = vi.spyOn(RTCDataChannel.prototype, 'send').mockImplementation(() => {
      throw new DOMException("RTCDataChannel.readyState is not 'open'", 'InvalidStateError');
    });
    expect(() => link.sendMessage(closeSession(1))).not.toThrow();
    expect(send).toHaveBeenCalled();
    send.mockImplementation(() => {
      throw new TypeError('not text');
    });
    expect(() => link.sendMessage(closeSession(1))).toThrow('not text');
    send.mockRestore();
  });

  it('beats past messages that wait for one that was lost', async () => {
    const waiting: string[] = [];
    const { low, high } = await createPair({
      createConnection: (options, handlers) => {
        const connection = createSimplePeerConnection(options, handlers);
        const { sendText } = connection;
        const hold = (text: string) =>
          /"beat"/.test(text) ? waiting.push(text) : sendText.call(connection, text);
        return Object.assign(connection, { sendText: hold });
      },
    });
    const theirLink = nextLink(high);
    const link = await low.connect(high.peerId);
    const received = collect(await theirLink);
    link.beat();
    await expect.poll(() => received.messages).toEqual([{ type: 'beat' }]);
    expect(waiting).toHaveLength(1);
  });

  it('gives up in time when nobody answers, and aborts when told', async () => {
    const { low, high, switchboard } = await createPair({ connectTimeoutMs: 300 });
    switchboard.stop();
    await expect(low.connect(high.peerId)).rejects.toThrow(failsWith('peer-unreachable'));
    const controller = new AbortController();
    const dialling = high.connect(low.peerId, controller.signal);
    controller.abort();
    await expect(dialling).rejects.toThrow(failsWith('aborted'));
  });

  it('tells when the peer is gone without a goodbye', async () => {
    const { create, connections } = exposing();
    const { low, high } = await createPair({ createConnection: create });
    const theirLink = nextLink(high);
    await low.connect(high.peerId);
    const there = collect(await theirLink);
    connections[0]?.destroy();
    await expect.poll(() => there.reasons).toEqual(['peer-gone']);
    expect(high.links.size).toBe(0);
  });

  it('keeps no link that was closed as soon as it opened', async () => {
    const { low, high } = await createPair();
    for (let round = 0; round < 5; round++) {
      const link = await low.connect(high.peerId);
      link.close('closed-locally');
      await expect.poll(() => [low.links.size, high.links.size]).toEqual([0, 0]);
    }
    const last = await high.connect(low.peerId);
    expect(last.isOpen).toBe(true);
  });

  it('replaces a link that the other side lost', async () => {
    const { low, high } = await createPair();
    const first = nextLink(high);
    const old = collect(await low.connect(high.peerId));
    await first;
    low.links.get(high.peerId)?.close('peer-gone');
    expect(old.reasons).toEqual(['peer-gone']);
    const linked = nextLink(high);
    const link = await low.connect(high.peerId);
    const [here, there] = [collect(link), collect(await linked)];
    link.sendMessage(closeSession(3));
    await expect.poll(() => there.messages).toEqual([closeSession(3)]);
    expect(here.reasons).toEqual([]);
  });

  it('finds another path while frames flow, and loses none', async () => {
    const low = exposing();
    const high = exposing();
    const pair = await createPair({ createConnection: low.create, createOther: high.create });
    const theirLink = nextLink(pair.high);
    const link = await pair.low.connect(pair.high.peerId);
    const [here, there] = [collect(link), collect(await theirLink)];
    const frameOf = (index: number) => new Uint8Array(6_000).fill(index);
    for (let index = 0; index < 120; index++) {
      link.sendFrame(frameOf(index), index % 3 === 0 ? 'bulk' : 'latency');
      (await theirLink).sendFrame(frameOf(index), 'latency');
      if (index % 40 === 10) low.connections[0]?.restartIce();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect.poll(() => [here.frames.length, there.frames.length]).toEqual([120, 120]);
    expect(here.frames.map(([first]) => first)).toEqual(Array.from({ length: 120 }, (_, i) => i));
    expect(new Set(there.frames.map(([first]) => first)).size).toBe(120);
    expect([here.reasons, there.reasons]).toEqual([[], []]);
    // Each restart has credentials of its own, and the other side answered it.
    await expect.poll(() => [low.users.size, high.users.size]).toEqual([4, 4]);
    expect(low.fingerprints.size + high.fingerprints.size).toBe(2);
  });

  it.each(['low', 'high'] as const)(
    'looks for another path when the %s peer lost it',
    async (side) => {
      const low = exposing();
      const high = exposing();
      const pair = await createPair({ createConnection: low.create, createOther: high.create });
      const theirLink = nextLink(pair.high);
      const link = await pair.low.connect(pair.high.peerId);
      const there = collect(await theirLink);
      expect([low.users.size, high.users.size]).toEqual([1, 1]);
      (side === 'low' ? low : high).losePath();
      await expect
        .poll(() => [low.users.size, high.users.size], { timeout: 5_000 })
        .toEqual([2, 2]);
      link.sendMessage(closeSession(1));
      await expect.poll(() => there.messages).toEqual([closeSession(1)]);
      expect([pair.low.links.size, pair.high.links.size]).toEqual([1, 1]);
    },
  );

  it('closes a link whose new path would lead to another certificate', async () => {
    const other = Array.from({ length: 32 }, () => 'AB').join(':');
    const low = exposing((sdp) => sdp.replace(/(?<=a=fingerprint:sha-256 ).*/g, other));
    const { low: dialler, high } = await createPair({ createConnection: low.create });
    const theirLink = nextLink(high);
    await dialler.connect(high.peerId);
    const there = collect(await theirLink);
    low.connections[0]?.restartIce();
    await expect.poll(() => there.reasons).toEqual(['protocol-violation']);
  });

  it('closes a link whose peer breaks the rules', async () => {
    const { create, connections } = exposing();
    const { low, high } = await createPair({ createConnection: create });
    const theirLink = nextLink(high);
    await low.connect(high.peerId);
    const there = collect(await theirLink);
    connections[0]?.sendText('{"type":"close-session"}');
    await expect.poll(() => there.reasons).toEqual(['protocol-violation']);
  });
});

/** Connections as the product makes them, within reach of the test; restarts may be changed. */
function exposing(changeRestart = (sdp: string) => sdp) {
  const connections: PeerConnection[] = [];
  /** What the descriptions sent from here say: the user names of ICE, and certificates. */
  const users = new Set<string>();
  const fingerprints = new Set<string>();
  let losePath = () => {};
  const create: CreatePeerConnection = (options, handlers) => {
    const connection = createSimplePeerConnection(options, {
      ...handlers,
      onSignal(data) {
        if (data.type !== 'offer' && data.type !== 'answer') {
          handlers.onSignal(data);
          return;
        }
        users.add(/^a=ice-ufrag:(.*)$/m.exec(data.sdp)?.[1] ?? '');
        fingerprints.add(/^a=fingerprint:(.*)$/m.exec(data.sdp)?.[1] ?? '');
        handlers.onSignal(data.restart > 0 ? { ...data, sdp: changeRestart(data.sdp) } : data);
      },
    });
    losePath = () => handlers.onPath(false);
    connections.push(connection);
    return connection;
  };
  return { create, connections, users, fingerprints, losePath: () => losePath() };
}

/** A connection that reports other fingerprints than its own, as if somebody sat in the middle. */
function swapping(swapped: { local?: string; remote?: string }): CreatePeerConnection {
  return (options, handlers) => {
    const connection = createSimplePeerConnection(options, handlers);
    return {
      ...connection,
      get bufferedTextBytes() {
        return connection.bufferedTextBytes;
      },
      fingerprints: () => ({ ...connection.fingerprints(), ...swapped }),
    };
  };
}
