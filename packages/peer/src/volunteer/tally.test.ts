import { describe, expect, test } from 'vitest';
import { openMessage, SESSION, settle, tokensFrame } from '../testing/stranger.ts';
import { createToySwarm, TOY_ROOT } from '../testing/toy-swarm.ts';
import { createToyVolunteer } from '../testing/toy-volunteer.ts';

const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

describe('tokens of answers', () => {
  test('are counted once in a chain: where they come out', async () => {
    const swarm = await createToySwarm([
      [0, 3],
      [3, 6],
    ]);
    const input = { tokenIds: Array.from({ length: 40 }, (_, index) => 20 + index) };
    const request = { modelRoot: TOY_ROOT, input, tokensMax: 12, sampling: GREEDY };
    let tokens = 0;
    for await (const event of swarm.requester.answer({ ...request, ignoresEnd: true })) {
      if (event.type === 'done') tokens = event.answer.tokenIds.length;
    }
    const [first, last] = swarm.volunteers.map(({ work }) =>
      work.reduce((sum, { answeredCount }) => sum + answeredCount, 0),
    );
    expect(tokens).toBe(12);
    expect([first, last]).toEqual([0, tokens]);
  });

  test('go on to be counted when contributing begins again', async () => {
    const setup = await createToyVolunteer();
    const transport = await setup.stranger();
    const serveOne = async (): Promise<void> => {
      await setup.volunteer.start({ memoryBytesMax: 1e9, gpuShare: 1 });
      const link = await transport.connect(setup.peerId);
      const stranger = { transport, link, messages: [], beats: [], frames: [] };
      link.sendMessage(openMessage(stranger));
      await settle();
      link.sendFrame(tokensFrame({ sessionId: SESSION }), 'latency');
      await settle();
    };
    await serveOne();
    expect(setup.tokensAnswered).toBe(1);
    await setup.volunteer.stop('at-once');
    await serveOne();
    expect(setup.tokensAnswered).toBe(2);
  });
});
