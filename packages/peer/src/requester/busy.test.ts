import { expect, test } from 'vitest';
import { IDENTITY_SESSIONS_MAX } from '../limits.ts';
import { createToySwarm, TOY_ROOT } from '../testing/toy-swarm.ts';
import type { Answer, AnswerEvent, AnswerRequest } from './answer.ts';

const REQUEST: AnswerRequest = {
  modelRoot: TOY_ROOT,
  input: { tokenIds: Array.from({ length: 40 }, (_, index) => 20 + index) },
  tokensMax: 16,
  sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
  ignoresEnd: true,
  activation: 'f32',
};

test('more answers than there is room for wait with a time, and all come out the same', async () => {
  const swarm = await createToySwarm([
    [0, 3],
    [3, 6],
  ]);
  const ask = async (): Promise<{ answer: Answer; events: AnswerEvent[] }> => {
    const events: AnswerEvent[] = [];
    for await (const event of swarm.requester.answer(REQUEST)) {
      events.push(event);
      if (event.type === 'done') return { answer: event.answer, events };
    }
    throw new Error('The last event was not `done`.');
  };
  const { answer: alone } = await ask();
  const all = await Promise.all(Array.from({ length: IDENTITY_SESSIONS_MAX + 3 }, ask));
  const waits = all.flatMap(({ events }) => events.filter(({ type }) => type === 'queued'));
  expect(waits.length).toBeGreaterThan(0);
  for (const { answer } of all) {
    expect(answer.finishReason).toBe('length');
    expect(answer.tokenIds).toEqual(alone.tokenIds);
    // To wait is no repair.
    expect(answer.stats.repairs).toBe(0);
  }
}, 60_000);
