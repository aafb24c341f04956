import { encodeBase64 } from '@manyhands/protocol/base64';
import type { PeerMessage, PeerMessageOf } from '@manyhands/protocol/peer-message';
import { describe, expect, test } from 'vitest';
import {
  connectStranger,
  openMessage,
  SESSION,
  settle,
  setUp,
  tokensFrame,
} from '../testing/stranger.ts';

describe('a repair is ordered', () => {
  /** A session whose tokens a stranger sends, and whose results it gets. */
  async function running() {
    const parts = await setUp();
    const { stranger } = parts;
    stranger.link.sendMessage(openMessage(stranger));
    await settle();
    stranger.link.sendFrame(tokensFrame(), 'latency');
    await settle();
    expect(stranger.frames).toHaveLength(1);
    return parts;
  }
  const rewireTo = (peerId: string, epoch = 2): PeerMessage => ({
    type: 'rewire',
    sessionId: SESSION,
    epoch,
    upstream: peerId,
    downstream: peerId,
  });

  test('by the owner: the session goes on at the new epoch with what it has', async () => {
    const { stranger, volunteer } = await running();
    stranger.link.sendMessage(rewireTo(stranger.transport.peerId));
    await settle();
    expect(stranger.messages.at(-1)).toMatchObject({
      type: 'session-opened',
      epoch: 2,
      reusedPositions: 3,
    });
    stranger.link.sendFrame(tokensFrame({ step: 1, position: 3 }), 'latency');
    await settle();
    expect(stranger.frames).toHaveLength(1);
    stranger.link.sendFrame(tokensFrame({ epoch: 2, step: 1, position: 3 }), 'latency');
    await settle();
    expect(stranger.frames).toHaveLength(2);
    expect(volunteer.engine.rowCount).toBe(6);
  });

  test('not by somebody else, nor at an old epoch, nor for a session that is not open', async () => {
    const { swarm, stranger, volunteer } = await running();
    const other = await connectStranger(swarm, volunteer);
    other.link.sendMessage(rewireTo(other.transport.peerId));
    stranger.link.sendMessage(rewireTo(stranger.transport.peerId, 1));
    await settle();
    const refused = (code: string) => expect.objectContaining({ type: 'session-refused', code });
    expect(other.messages).toEqual([refused('not-open')]);
    expect(stranger.messages.at(-1)).toEqual(refused('old-epoch'));
    const { sessionId, ...rest } = rewireTo(stranger.transport.peerId) as PeerMessageOf<'rewire'>;
    expect(sessionId).toBe(SESSION);
    const unknown = encodeBase64(new Uint8Array(16).fill(9));
    stranger.link.sendMessage({ ...rest, sessionId: unknown });
    await settle();
    expect(stranger.messages.at(-1)).toEqual(refused('not-open'));
    stranger.link.sendFrame(tokensFrame({ step: 1, position: 3 }), 'latency');
    await settle();
    expect(stranger.frames).toHaveLength(2);
  });

  test('with a replay of what was never kept: it says so', async () => {
    const { stranger } = await running();
    const replay = { type: 'replay', sessionId: SESSION, epoch: 1, from: 0, to: 3 } as const;
    stranger.link.sendMessage(replay);
    await settle();
    // This stage is the last one: it sends candidates, which nobody replays.
    expect(stranger.messages.at(-1)).toMatchObject({ type: 'step-failed', code: 'not-retained' });
  });

  test('with links ahead: only a few for each session', async () => {
    const { swarm, stranger, volunteer } = await running();
    const others = await Promise.all(Array.from({ length: 8 }, () => swarm.stranger()));
    for (const { peerId } of others) {
      stranger.link.sendMessage({ type: 'prepare-link', sessionId: SESSION, peerId });
    }
    await settle();
    const linked = others.filter(({ peerId }) => volunteer.transport.links.has(peerId));
    expect(linked).toHaveLength(4);
  });

  test('partners of a session hear beats, and only while it is open', async () => {
    const { stranger } = await running();
    const { beats } = stranger;
    await expect.poll(() => beats.length).toBeGreaterThan(1);
    const close = { type: 'close-session', sessionId: SESSION, epoch: 1 } as const;
    stranger.link.sendMessage({ ...close, prefixKeys: [] });
    await settle();
    const after = beats.length;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(beats).toHaveLength(after);
  });
});
