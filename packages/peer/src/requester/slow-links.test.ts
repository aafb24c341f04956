import type { Link } from '@manyhands/swarm/link';
import { expect, test } from 'vitest';
import {
  createToySwarm,
  TOY_ROOT,
  TOY_THIRDS,
  type ToySwarm,
  type ToyVolunteer,
} from '../testing/toy-swarm.ts';
import type { Answer, AnswerRequest } from './answer.ts';

const REQUEST: AnswerRequest = {
  modelRoot: TOY_ROOT,
  input: { tokenIds: Array.from({ length: 40 }, (_, index) => 20 + index) },
  tokensMax: 12,
  sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
  ignoresEnd: true,
  activation: 'f32',
};
/** Longer than the most irregular partner may be silent. */
const DIAL_MS = 2_500;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** This tab finds nobody as fast as others do, as where candidates are tried in vain. */
function dialSlowly({ transport }: ToyVolunteer): void {
  const { connect } = transport;
  Object.assign(transport, {
    async connect(...to: Parameters<typeof connect>): Promise<Link> {
      await wait(DIAL_MS);
      return connect(...to);
    },
  });
}

async function ask(swarm: ToySwarm, onToken: (count: number) => void = () => {}): Promise<Answer> {
  let tokens = 0;
  for await (const event of swarm.requester.answer(REQUEST)) {
    if (event.type === 'token') onToken(++tokens);
    if (event.type === 'done') return event.answer;
  }
  throw new Error('The last event was not `done`.');
}

test('a stage that takes long to reach the next one is not taken for silent', async () => {
  const expected = await ask(await createToySwarm([[0, 6]]));
  const swarm = await createToySwarm(TOY_THIRDS);
  const [, middle] = swarm.volunteers as [ToyVolunteer, ToyVolunteer, ToyVolunteer];
  dialSlowly(middle);
  const answer = await ask(swarm);
  expect(answer.error).toBeUndefined();
  expect(answer.stats.repairs).toBe(0);
  expect(answer.tokenIds).toEqual(expected.tokenIds);
});

test('nor is one that opens another session, when the one it was heard beating for is over', async () => {
  const expected = await ask(await createToySwarm([[0, 6]]));
  const swarm = await createToySwarm(TOY_THIRDS);
  const [front, middle] = swarm.volunteers as [ToyVolunteer, ToyVolunteer, ToyVolunteer];
  const { step } = front.engine;
  Object.assign(front.engine, {
    async step(...request: Parameters<typeof step>) {
      await wait(50);
      return step(...request);
    },
  });
  let second: Promise<Answer> | undefined;
  const first = await ask(swarm, (count) => {
    if (count !== 2) return;
    dialSlowly(middle);
    second = ask(swarm);
  });
  // The first one ended while the second one was opened.
  expect(middle.engine.sessionIds.size).toBe(0);
  for (const answer of [first, await second]) {
    expect(answer?.error).toBeUndefined();
    expect(answer?.stats.repairs).toBe(0);
    expect(answer?.tokenIds).toEqual(expected.tokenIds);
  }
});
