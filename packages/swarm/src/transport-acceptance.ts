import type { LinkPath, PeerMessage } from '@manyhands/protocol/peer-message';
import { afterEach, describe, expect, it } from 'vitest';
import type { FrameChannel, Link, LinkCloseReason, Transport } from './link.ts';

/** Two transports that can reach each other; `low` has the lower peer id. */
export interface TransportPair {
  readonly low: Transport;
  readonly high: Transport;
  dispose(): void;
}

/** What every way of connecting has to do. Run by each adapter's own test. */
export function transportAcceptance(
  name: string,
  createPair: (options?: { readonly isDeclining?: boolean }) => Promise<TransportPair>,
  path: LinkPath = 'direct',
): void {
  describe(`transport: ${name}`, () => {
    let pair: TransportPair | undefined;
    afterEach(() => {
      pair?.dispose();
      pair = undefined;
    });
    const create = async (options?: { isDeclining?: boolean }) => {
      pair = await createPair(options);
      return pair;
    };

    it.each(['low', 'high'] as const)('links both sides when the %s peer dials', async (side) => {
      const made = await create();
      const [dialler, other] = side === 'low' ? [made.low, made.high] : [made.high, made.low];
      const theirLink = nextLink(other);
      const link = await dialler.connect(other.peerId);
      expect(link.peerId).toBe(other.peerId);
      expect(link.identity.peerId).toBe(other.peerId);
      expect((await theirLink).peerId).toBe(dialler.peerId);
      expect(dialler.links.get(other.peerId)).toBe(link);
      expect(await dialler.connect(other.peerId)).toBe(link);
      expect(link.isOpen).toBe(true);
    });

    it('makes one link when both dial at once', async () => {
      const { low, high } = await create();
      let linkCount = 0;
      low.onLink(() => linkCount++);
      high.onLink(() => linkCount++);
      const [a, again, b] = await Promise.all([
        low.connect(high.peerId),
        low.connect(high.peerId),
        high.connect(low.peerId),
      ]);
      expect(again).toBe(a);
      expect(linkCount).toBe(2);
      const received = collect(b);
      a.sendMessage(closeSession(1));
      await expect.poll(() => received.messages).toEqual([closeSession(1)]);
    });

    it('delivers messages in order, and what came before anybody listened', async () => {
      const { low, high } = await create();
      const theirLink = nextLink(high);
      const link = await low.connect(high.peerId);
      for (let epoch = 0; epoch < 50; epoch++) link.sendMessage(closeSession(epoch));
      const received = collect(await theirLink);
      await expect.poll(() => received.messages.length).toBe(50);
      expect(received.messages).toEqual(Array.from({ length: 50 }, (_, i) => closeSession(i)));
    });

    it('tells that the other end is awake', async () => {
      const { low, high } = await create();
      const theirLink = nextLink(high);
      const link = await low.connect(high.peerId);
      const received = collect(await theirLink);
      link.beat();
      await expect.poll(() => received.messages[0]).toEqual({ type: 'beat' });
      link.close('closed-locally');
      expect(() => link.beat()).not.toThrow();
    });

    it('gives every listener everything, until it is removed', async () => {
      const { low, high } = await create();
      const theirLink = nextLink(high);
      const link = await low.connect(high.peerId);
      const first = collect(await theirLink);
      const second = collect(await theirLink);
      link.sendMessage(closeSession(1));
      await expect.poll(() => second.messages.length).toBe(1);
      first.remove();
      link.sendMessage(closeSession(2));
      await expect.poll(() => second.messages.length).toBe(2);
      expect(first.messages).toEqual([closeSession(1)]);
    });

    it.each(['latency', 'bulk'] as const)('carries frames of any size: %s', async (channel) => {
      const { low, high } = await create();
      const theirLink = nextLink(high);
      const link = await low.connect(high.peerId);
      const received = collect(await theirLink);
      const sizes = [1, 4_587, 4_588, 4_589, 16_372, 16_373, 1_100_000, 52];
      for (const size of sizes) link.sendFrame(patternOf(size), channel);
      await expect.poll(() => received.frames.length, { timeout: 10_000 }).toBe(sizes.length);
      for (const [index, size] of sizes.entries()) {
        expect(isSame(received.frames[index] as Uint8Array, patternOf(size))).toBe(true);
      }
      const { frameBytesSent } = await link.stats();
      expect(frameBytesSent).toBeGreaterThanOrEqual(sizes.reduce((sum, size) => sum + size));
      const stats = await (await theirLink).stats();
      expect(stats.frameBytesReceived).toBe(frameBytesSent);
      expect(stats).toMatchObject({ path, isDirect: path === 'direct' });
    });

    it('carries both directions and both channels at once', async () => {
      const { low, high } = await create();
      const theirLink = nextLink(high);
      const link = await low.connect(high.peerId);
      const other = await theirLink;
      const [here, there] = [collect(link), collect(other)];
      for (let index = 0; index < 20; index++) {
        for (const channel of ['latency', 'bulk'] as FrameChannel[]) {
          link.sendFrame(patternOf(9_000), channel);
          other.sendFrame(patternOf(9_000), channel);
        }
      }
      await expect.poll(() => [here.frames.length, there.frames.length]).toEqual([40, 40]);
      const all = [...here.frames, ...there.frames];
      expect(all.every((frame) => isSame(frame, patternOf(9_000)))).toBe(true);
    });

    it('says goodbye when it closes, and frees the place for another link', async () => {
      const { low, high } = await create();
      const theirLink = nextLink(high);
      const link = await low.connect(high.peerId);
      const [here, there] = [collect(link), collect(await theirLink)];
      link.close('closed-locally');
      expect(here.reasons).toEqual(['closed-locally']);
      expect(link.isOpen).toBe(false);
      expect(low.links.size).toBe(0);
      expect(() => link.sendMessage(closeSession(1))).toThrow(
        expect.objectContaining({ code: 'link-closed' }),
      );
      expect(() => link.sendFrame(patternOf(5), 'bulk')).toThrow(
        expect.objectContaining({ code: 'link-closed' }),
      );
      await expect.poll(() => there.reasons).toEqual(['goodbye']);
      expect(high.links.size).toBe(0);
      const late = collect(link);
      await expect.poll(() => late.reasons).toEqual(['closed-locally']);
      const second = await high.connect(low.peerId);
      expect(second.isOpen).toBe(true);
      expect(high.links.size).toBe(1);
    });

    it('knows the round trip to each linked peer', async () => {
      const { low, high } = await create();
      expect((await low.roundTrips()).size).toBe(0);
      await low.connect(high.peerId);
      await low.connect(low.peerId);
      const poll = { timeout: 4_000 };
      await expect.poll(async () => (await low.roundTrips()).size, poll).toBe(2);
      const roundTrips = await low.roundTrips();
      expect([...roundTrips.keys()].sort()).toEqual([low.peerId, high.peerId].sort());
      expect(roundTrips.get(low.peerId)).toBe(0);
      // Within one machine.
      expect(roundTrips.get(high.peerId)).toBeLessThan(100);
    });

    it('links a tab to itself', async () => {
      const { low } = await create();
      const linked = nextLink(low);
      const link = await low.connect(low.peerId);
      expect(await linked).toBe(link);
      expect(await low.connect(low.peerId)).toBe(link);
      const received = collect(link);
      link.sendMessage(closeSession(7));
      link.sendFrame(patternOf(99), 'latency');
      await expect.poll(() => received.frames.length).toBe(1);
      expect(received.messages).toEqual([closeSession(7)]);
      link.close('closed-locally');
      expect(received.reasons).toEqual(['closed-locally']);
      expect(low.links.size).toBe(0);
    });

    it('rejects with a code: declined, unknown peer, aborted, disposed', async () => {
      const { low, high } = await create({ isDeclining: true });
      const failsWith = (code: string) => expect.objectContaining({ name: 'SwarmError', code });
      await expect(low.connect(high.peerId)).rejects.toThrow(failsWith('peer-declined'));
      await expect(high.connect(low.peerId)).rejects.toThrow(failsWith('peer-declined'));
      const stranger = `${'A'.repeat(22)}.${'A'.repeat(11)}`;
      await expect(low.connect(stranger)).rejects.toThrow(failsWith('peer-unreachable'));
      const aborted = low.connect(high.peerId, AbortSignal.abort());
      await expect(aborted).rejects.toThrow(failsWith('aborted'));
      low.dispose();
      await expect(low.connect(high.peerId)).rejects.toThrow(failsWith('aborted'));
      expect([low.links.size, high.links.size]).toEqual([0, 0]);
    });

    it('closes its links when it is disposed', async () => {
      const { low, high } = await create();
      const theirLink = nextLink(high);
      const here = collect(await low.connect(high.peerId));
      const there = collect(await theirLink);
      low.dispose();
      expect(here.reasons).toEqual(['closed-locally']);
      await expect.poll(() => there.reasons).toEqual(['goodbye']);
    });

    it('refuses a frame larger than any receiver takes', async () => {
      const { low, high } = await create();
      const link = await low.connect(high.peerId);
      const frame = new Uint8Array(5 * 1024 * 1024);
      expect(() => link.sendFrame(frame, 'bulk')).toThrow(
        expect.objectContaining({ code: 'over-limit' }),
      );
    });
  });
}

/** The next link another side makes. */
export function nextLink(transport: Transport): Promise<Link> {
  return new Promise((resolve) => {
    const remove = transport.onLink((link) => {
      remove();
      resolve(link);
    });
  });
}

/** Everything a link delivers. */
export function collect(link: Link) {
  const messages: PeerMessage[] = [];
  const frames: Uint8Array<ArrayBuffer>[] = [];
  const reasons: LinkCloseReason[] = [];
  const remove = link.listen({
    onMessage: (message) => {
      // The goodbye itself is the transport's; its effect is the close.
      if (message.type !== 'goodbye') messages.push(message);
    },
    onFrame: (bytes) => frames.push(bytes),
    onClose: (reason) => reasons.push(reason),
  });
  return { messages, frames, reasons, remove };
}

export function closeSession(epoch: number): PeerMessage {
  return { type: 'close-session', sessionId: 'A'.repeat(22), epoch, prefixKeys: [] };
}

function patternOf(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31 + size) & 0xff);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
