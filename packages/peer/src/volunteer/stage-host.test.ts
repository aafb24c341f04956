import { encodeBase64 } from '@manyhands/protocol/base64';
import { encodeFrame } from '@manyhands/protocol/frame';
import { SESSIONS_MAX } from '@manyhands/protocol/limits';
import type { PeerMessage } from '@manyhands/protocol/peer-message';
import { describe, expect, test } from 'vitest';
import { IDENTITY_SESSIONS_MAX } from '../limits.ts';
import {
  connectStranger,
  openMessage,
  SESSION,
  type Stranger,
  settle,
  setUp,
  tokensFrame,
} from '../testing/stranger.ts';

describe('opening a session', () => {
  test.each([
    ['model-not-held', { modelRoot: 'cd'.repeat(32) }],
    ['model-not-held', { endBlock: 7 }],
    ['model-not-held', { firstBlock: 3, endBlock: 3 }],
    ['model-not-held', { firstBlock: 1, embeds: true }],
    ['model-not-held', { endBlock: 5, heads: true }],
    ['malformed', { positionsMax: 0 }],
    ['malformed', { positionsMax: 257 }],
    ['downstream-unreachable', { downstream: `${'x'.repeat(22)}.${'y'.repeat(11)}` }],
  ] as const)('is refused as %s for %j', async (code, change) => {
    const { stranger, volunteer } = await setUp();
    stranger.link.sendMessage(openMessage(stranger, change));
    await settle();
    expect(stranger.messages).toEqual([expect.objectContaining({ type: 'session-refused', code })]);
    expect(volunteer.engine.sessionIds.size).toBe(0);
  });

  test('that is closed while it is opened leaves nothing behind', async () => {
    const { stranger, volunteer } = await setUp();
    stranger.link.sendMessage(openMessage(stranger));
    stranger.link.sendMessage({
      type: 'close-session',
      sessionId: SESSION,
      epoch: 1,
      prefixKeys: [],
    });
    await settle();
    expect(stranger.messages).toEqual([
      expect.objectContaining({ type: 'session-refused', code: 'old-epoch' }),
    ]);
    expect(volunteer.engine.sessionIds.size).toBe(0);
  });

  test('outlives an older one whose downstream cannot be reached', async () => {
    const { stranger } = await setUp();
    const nobody = `${'x'.repeat(22)}.${'y'.repeat(11)}`;
    stranger.link.sendMessage(openMessage(stranger, { downstream: nobody }));
    stranger.link.sendMessage(openMessage(stranger, { epoch: 2 }));
    await settle();
    expect(stranger.messages).toContainEqual(
      expect.objectContaining({ type: 'session-opened', epoch: 2 }),
    );
  });

  test('of another key is refused, and the session goes on', async () => {
    const { swarm, stranger, volunteer } = await setUp();
    const thief = await connectStranger(swarm, volunteer);
    stranger.link.sendMessage(openMessage(stranger));
    await settle();
    thief.link.sendMessage(openMessage(thief, { epoch: 9 }));
    thief.link.sendMessage({
      type: 'close-session',
      sessionId: SESSION,
      epoch: 9,
      prefixKeys: [],
    });
    await settle();
    expect(thief.messages).toEqual([expect.objectContaining({ code: 'not-owner' })]);
    expect(volunteer.host.sessionCount).toBe(1);
  });

  test('reuses named pages of the same key, and of nobody else', async () => {
    const { swarm, stranger, volunteer } = await setUp();
    const prefixKeys = ['ab'.repeat(16)];
    const run = async (who: Stranger, epoch: number): Promise<number | undefined> => {
      who.link.sendMessage(openMessage(who, { epoch, prefixKeys }));
      await settle();
      const tokenIds = Uint32Array.from({ length: 32 }, (_, i) => 20 + i);
      who.link.sendFrame(tokensFrame({ epoch, tokenIds }), 'latency');
      await settle();
      who.link.sendMessage({ type: 'close-session', sessionId: SESSION, epoch, prefixKeys });
      await settle();
      const opened = who.messages.findLast(({ type }) => type === 'session-opened');
      return opened?.type === 'session-opened' ? opened.reusedPositions : undefined;
    };
    expect(await run(stranger, 1)).toBe(0);
    const other = await connectStranger(swarm, volunteer);
    expect(await run(other, 2)).toBe(0);
    expect(await run(stranger, 3)).toBe(32);
  });

  test('at the same or a lower epoch is refused; a higher one replaces the cache', async () => {
    const { stranger, volunteer } = await setUp();
    for (const epoch of [3, 3, 2, 4]) {
      stranger.link.sendMessage(openMessage(stranger, { epoch }));
      await settle();
    }
    const answers = stranger.messages.map((message) =>
      message.type === 'session-refused' ? message.code : message.type,
    );
    expect(answers).toEqual([
      'session-opened',
      'old-epoch',
      'old-epoch',
      'session-closed',
      'session-opened',
    ]);
    expect([...volunteer.engine.sessionIds]).toEqual([`${SESSION}:4`]);
  });

  test('beyond what one identity and a stage may have is refused, with a time', async () => {
    const { swarm, volunteer } = await setUp();
    const counts: number[] = [];
    const refusals: PeerMessage[] = [];
    let next = 0;
    for (let identity = 0; identity < 3; identity += 1) {
      const who = await connectStranger(swarm, volunteer);
      for (let index = 0; index <= IDENTITY_SESSIONS_MAX; index += 1) {
        next += 1;
        const sessionId = encodeBase64(new Uint8Array(16).fill(next));
        who.link.sendMessage(openMessage(who, { sessionId }));
      }
      await settle();
      counts.push(volunteer.host.sessionCount);
      refusals.push(...who.messages.filter(({ type }) => type === 'session-refused'));
    }
    expect(counts).toEqual([IDENTITY_SESSIONS_MAX, SESSIONS_MAX, SESSIONS_MAX]);
    expect(refusals).toHaveLength(3 * (IDENTITY_SESSIONS_MAX + 1) - SESSIONS_MAX);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ code: 'busy', retryAfterMs: expect.any(Number) });
    }
  });
});

describe('frames', () => {
  async function opened() {
    const parts = await setUp();
    parts.stranger.link.sendMessage(openMessage(parts.stranger));
    await settle();
    parts.stranger.messages.length = 0;
    return parts;
  }

  test('of the session are run and answered', async () => {
    const { stranger } = await opened();
    stranger.link.sendFrame(tokensFrame(), 'latency');
    await settle();
    expect(stranger.frames).toHaveLength(1);
  });

  test.each([
    ['an old epoch', { epoch: 0 }],
    ['a future epoch', { epoch: 2 }],
  ])('of %s are dropped', async (_name, change) => {
    const { stranger, volunteer } = await opened();
    stranger.link.sendFrame(tokensFrame(change), 'latency');
    await settle();
    expect(volunteer.engine.stepCount).toBe(0);
    expect(stranger.messages).toEqual([]);
  });

  test('of a session that is not open are answered with unknown-session', async () => {
    const { stranger, volunteer } = await opened();
    const sessionId = encodeBase64(new Uint8Array(16).fill(9));
    stranger.link.sendFrame(tokensFrame({ sessionId }), 'latency');
    await settle();
    expect(volunteer.engine.stepCount).toBe(0);
    expect(stranger.messages).toEqual([expect.objectContaining({ code: 'unknown-session' })]);
  });

  test('from anybody but the upstream peer are dropped', async () => {
    const { swarm, volunteer } = await opened();
    const intruder = await connectStranger(swarm, volunteer);
    intruder.link.sendFrame(tokensFrame(), 'latency');
    await settle();
    expect(volunteer.engine.stepCount).toBe(0);
  });

  test('damaged on the way are dropped', async () => {
    const { stranger, volunteer } = await opened();
    const bytes = tokensFrame();
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    stranger.link.sendFrame(bytes, 'latency');
    await settle();
    expect(volunteer.engine.stepCount).toBe(0);
  });

  test.each([
    ['bad-shape', tokensFrame({ position: 63 })],
    ['bad-shape', tokensFrame({ tokenIds: Uint32Array.of(288) })],
    [
      'bad-shape',
      encodeFrame({
        sessionId: SESSION,
        epoch: 1,
        step: 0,
        position: 0,
        tokenCount: 1,
        headRows: 1,
        kind: 'hidden',
        dtype: 'f32',
        hiddenSize: 4,
        hidden: new Float32Array(4),
      }),
    ],
    ['out-of-order', tokensFrame({ position: 5 })],
  ])('that do not fit are answered with %s', async (code, bytes) => {
    const { stranger } = await opened();
    stranger.link.sendFrame(bytes, 'latency');
    await settle();
    expect(stranger.messages).toEqual([expect.objectContaining({ type: 'step-failed', code })]);
  });

  test('repeated give the same answer: a step is idempotent', async () => {
    const { stranger } = await opened();
    stranger.link.sendFrame(tokensFrame(), 'latency');
    await settle();
    stranger.link.sendFrame(tokensFrame(), 'latency');
    await settle();
    expect(stranger.frames).toHaveLength(2);
    expect(stranger.frames[1]).toEqual(stranger.frames[0]);
  });

  test('of tokens get their credits with the next one, and chunks at once', async () => {
    const { stranger } = await opened();
    const credits = () => stranger.messages.filter(({ type }) => type === 'credit');
    const send = async (step: number, position: number, ids: readonly number[]) => {
      const tokenIds = Uint32Array.from(ids);
      stranger.link.sendFrame(tokensFrame({ step, position, tokenIds }), 'latency');
      await settle();
    };
    await send(0, 0, [20, 21, 22]);
    expect(credits()).toHaveLength(0);
    await send(1, 3, [23, 24]);
    expect(credits()).toEqual([expect.objectContaining({ count: 2 })]);
    await send(2, 5, [25]);
    await send(3, 6, [26]);
    // Nothing stands in the way of the second token's result.
    expect(credits()).toHaveLength(1);
    stranger.link.sendMessage({ type: 'credit', sessionId: SESSION, epoch: 1, count: 4 });
    await send(4, 7, [27]);
    expect(credits()).toHaveLength(2);
    expect(stranger.frames).toHaveLength(5);
  });

  test('faster than credits allow end the session’s queue, not the volunteer', async () => {
    const { stranger, volunteer } = await opened();
    volunteer.hang();
    for (let step = 0; step < 12; step++) {
      stranger.link.sendFrame(tokensFrame({ step, position: 0 }), 'latency');
    }
    await settle();
    expect(stranger.messages).toContainEqual(expect.objectContaining({ code: 'over-budget' }));
    expect(volunteer.engine.stepCount).toBe(1);
  });
});

test('a session ends when its owner’s tab is gone', async () => {
  const { stranger, volunteer } = await setUp();
  stranger.link.sendMessage(openMessage(stranger));
  await settle();
  stranger.link.close('closed-locally');
  await settle();
  expect(volunteer.engine.sessionIds.size).toBe(0);
});
