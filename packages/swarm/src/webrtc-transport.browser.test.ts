import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import { afterEach, describe, expect, it } from 'vitest';
import { createIdentity, type Identity, loadIdentity } from './identity.ts';
import { createMemoryIdentityStore } from './identity-store.ts';
import type { Transport } from './link.ts';
import type { CreatePeerConnection } from './peer-connection.ts';
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
  readonly createConnection?: CreatePeerConnection;
  readonly connectTimeoutMs?: number;
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
  const create = (identity: Identity, createConnection = createSimplePeerConnection) => {
    const transport = createWebRtcTransport({
      identity,
      signaling: switchboard.signalingOf(identity.publicIdentity),
      iceServers: () => [],
      nowMs: Date.now,
      accept: () => (options.isDeclining ? 'busy' : 'accept'),
      createConnection,
      connectTimeoutMs: options.connectTimeoutMs ?? 20_000,
    });
    opened.push(transport);
    return transport;
  };
  const low = create(identities[0], options.createConnection);
  const high = create(identities[1]);
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
    const destroyers: (() => void)[] = [];
    const exposing: CreatePeerConnection = (options, handlers) => {
      const connection = createSimplePeerConnection(options, handlers);
      destroyers.push(connection.destroy);
      return connection;
    };
    const { low, high } = await createPair({ createConnection: exposing });
    const theirLink = nextLink(high);
    await low.connect(high.peerId);
    const there = collect(await theirLink);
    destroyers[0]?.();
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

  it('closes a link whose peer breaks the rules', async () => {
    const sent: ((text: string) => void)[] = [];
    const exposing: CreatePeerConnection = (options, handlers) => {
      const connection = createSimplePeerConnection(options, handlers);
      sent.push(connection.sendText);
      return connection;
    };
    const { low, high } = await createPair({ createConnection: exposing });
    const theirLink = nextLink(high);
    await low.connect(high.peerId);
    const there = collect(await theirLink);
    sent[0]?.('{"type":"close-session"}');
    await expect.poll(() => there.reasons).toEqual(['protocol-violation']);
  });
});

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
