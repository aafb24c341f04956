import { identityOf } from '@manyhands/protocol/id';
import { describe, expect, it } from 'vitest';
import { createToySwarm, TOY_ROOT, type ToySwarm } from '../testing/toy-swarm.ts';
import type { Answer, AnswerEvent, AnswerRequest } from './answer.ts';
import { createKnownRoundTrips } from './round-trips.ts';
import { createRouter } from './router.ts';

const REQUEST: AnswerRequest = {
  modelRoot: TOY_ROOT,
  input: { tokenIds: [20, 21, 22] },
  tokensMax: 12,
  sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
  ignoresEnd: true,
};

async function ask(
  swarm: ToySwarm,
  changes: Partial<AnswerRequest>,
  onEvent: (event: AnswerEvent) => void = () => undefined,
): Promise<Answer> {
  let answer: Answer | undefined;
  for await (const event of swarm.requester.answer({ ...REQUEST, ...changes })) {
    onEvent(event);
    if (event.type === 'done') answer = event.answer;
  }
  if (!answer) throw new Error('The last event was not `done`.');
  return answer;
}
const identitiesOf = (swarm: ToySwarm): string[] =>
  swarm.volunteers.map(({ peerId }) => identityOf(peerId));

describe('volunteers that are to be avoided', () => {
  it('compute nothing of an answer', async () => {
    const swarm = await createToySwarm([
      [0, 6],
      [0, 6],
      [0, 6],
    ]);
    const [first = '', second = ''] = identitiesOf(swarm);
    const answer = await ask(swarm, { avoid: [first, second] });
    expect(answer.chain.map(({ peerId }) => peerId)).toEqual([swarm.volunteers[2]?.peerId]);
    expect(swarm.volunteers.map(({ work }) => work.length > 0)).toEqual([false, false, true]);
  });

  it('take nobody’s place either: the answer waits for others, and says for whom', async () => {
    const swarm = await createToySwarm(
      [
        [0, 6],
        [0, 6],
      ],
      { coverageWaitMs: 200 },
    );
    const [good, blocked] = swarm.volunteers;
    let tokens = 0;
    const waits: string[] = [];
    const answer = await ask(swarm, { avoid: [identityOf(blocked?.peerId ?? '')] }, (event) => {
      if (event.type === 'token') tokens += 1;
      if (event.type === 'waiting') waits.push(event.missing.code);
      if (tokens === 3) good?.kill();
    });
    expect(waits[0]).toBe('only-blocked');
    expect(answer.finishReason).toBe('failed');
    expect(answer.error?.code).toBe('only-blocked');
    expect(answer.tokenIds.length).toBeGreaterThanOrEqual(3);
    expect(blocked?.work).toEqual([]);
  });

  it('are not asked while others are busy, who are waited for', async () => {
    const swarm = await createToySwarm([
      [0, 6],
      [0, 6],
    ]);
    const [busy, blocked] = swarm.volunteers;
    const roster = swarm.watch(TOY_ROOT);
    const entries = roster.entries.map((entry) =>
      entry.identity.peerId === busy?.peerId ? { ...entry, sessions: entry.sessionsMax } : entry,
    );
    const router = createRouter({
      watch: () => ({ ...roster, entries, isCurrent: true }),
      transport: swarm.transport,
      request: { ...REQUEST, avoid: [identityOf(blocked?.peerId ?? '')] },
      blockCount: 6,
      headBlocks: 0,
      roundTrips: createKnownRoundTrips(swarm.transport),
      coverageWaitMs: 0,
    });
    const { signal } = new AbortController();
    await expect(router.choose(20, true, signal, () => undefined)).rejects.toMatchObject({
      code: 'busy',
    });
  });

  it('are named where nobody else holds what is missing', async () => {
    const swarm = await createToySwarm([[0, 6]]);
    const answer = await ask(swarm, { avoid: identitiesOf(swarm) });
    expect(answer.error).toMatchObject({ code: 'only-blocked' });
    expect(answer.error?.message).toContain('unblock');
  });
});

describe('an answer', () => {
  it('says how its volunteers round, and what chance was drawn from', async () => {
    const swarm = await createToySwarm([[0, 6]]);
    const classes: (string | undefined)[] = [];
    const sampling = { ...REQUEST.sampling, temperature: 1 };
    const answer = await ask(swarm, { sampling }, (event) => {
      if (event.type === 'chain') classes.push(event.numericClass);
    });
    expect(classes).toEqual(['toy']);
    const { seed } = answer.stats;
    const again = await ask(swarm, {
      sampling: { ...sampling, ...(seed !== undefined && { seed }) },
    });
    expect(again.tokenIds).toEqual(answer.tokenIds);
  });
});
