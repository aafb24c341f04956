import { HOP_MS } from '@manyhands/planner/chain';
import type { Transport } from '@manyhands/swarm/link';
import { describe, expect, test } from 'vitest';
import { createToySwarm, TOY_ROOT, type ToySwarm } from '../testing/toy-swarm.ts';
import type { AnswerEvent, AnswerRequest } from './answer.ts';
import { HANDLING_MS } from './round-trips.ts';

const REQUEST: AnswerRequest = {
  modelRoot: TOY_ROOT,
  input: { tokenIds: [20, 21, 22, 23] },
  tokensMax: 12,
  sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
  ignoresEnd: true,
};
const THIRDS = [
  [0, 2],
  [2, 4],
  [4, 6],
] as const;
/** Of the toy's six blocks, a millisecond each. */
const BLOCKS_MS = 6;

/** All links that this peer has from now on say that they take so long. */
function slowLinks({ onLink }: Transport, roundTripMs: number): void {
  onLink((link) => {
    const { stats } = link;
    Object.assign(link, { stats: async () => ({ ...(await stats()), roundTripMs }) });
  });
}

async function eventsOf(
  swarm: ToySwarm,
  onEvent: (event: AnswerEvent) => void = () => undefined,
): Promise<AnswerEvent[]> {
  const events: AnswerEvent[] = [];
  for await (const event of swarm.requester.answer(REQUEST)) {
    events.push(event);
    onEvent(event);
  }
  return events;
}

const predictedIn = (events: readonly AnswerEvent[]) =>
  events.flatMap((event) => (event.type === 'prediction' ? [event.predictedMs] : []));

describe('the prediction of an answer', () => {
  test('is made again from the round trips of an open chain, those between stages included', async () => {
    const swarm = await createToySwarm(THIRDS);
    slowLinks(swarm.transport, 10);
    for (const { transport } of swarm.volunteers) slowLinks(transport, 40);
    const events = await eventsOf(swarm);
    const routing = events.find(({ type }) => type === 'routing');
    expect(routing).toMatchObject({ predictedMs: BLOCKS_MS + 4 * (HOP_MS + HANDLING_MS) });
    expect(predictedIn(events)).toEqual([
      BLOCKS_MS + 10 / 2 + 40 / 2 + 40 / 2 + 10 / 2 + 4 * HANDLING_MS,
    ]);
    const types = events.map(({ type }) => type);
    expect(types.indexOf('prediction')).toBeGreaterThan(types.indexOf('chain'));
    expect(events.find(({ type }) => type === 'prediction')).toMatchObject({
      reason: { code: 'none-alone', stageCount: 3, predictedMs: predictedIn(events)[0] },
    });
  });

  test('is right from the beginning in the next answer', async () => {
    const swarm = await createToySwarm([[0, 6]]);
    slowLinks(swarm.transport, 20);
    await eventsOf(swarm);
    const events = await eventsOf(swarm);
    const expected = { predictedMs: BLOCKS_MS + 20 + 2 * HANDLING_MS };
    expect(events.find(({ type }) => type === 'routing')).toMatchObject(expected);
    expect(predictedIn(events)).toEqual([expected.predictedMs]);
  });

  test('is made again for a chain that was repaired, and no more when the answer is over', async () => {
    const swarm = await createToySwarm([...THIRDS, [2, 4]]);
    slowLinks(swarm.transport, 10);
    let tokens = 0;
    const events = await eventsOf(swarm, (event) => {
      if (event.type !== 'token') return;
      tokens += 1;
      const serving = swarm.volunteers.filter(({ engine }) => engine.sessionIds.size > 0);
      if (tokens === 4) serving.find(({ firstBlock }) => firstBlock === 2)?.kill();
    });
    const isPredicted = ({ type }: AnswerEvent) => type === 'prediction';
    const repair = events.findIndex(({ type }) => type === 'repair');
    const mended = events.slice(repair).find(isPredicted);
    expect(mended).toMatchObject({
      reason: { code: 'repaired', newCount: 1, predictedMs: expect.any(Number) },
    });
    expect(events.at(-1)?.type).toBe('done');
  });
});
