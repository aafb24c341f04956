import { HOP_MS } from '@manyhands/planner/chain';
import { identityOf } from '@manyhands/protocol/id';
import { describe, expect, test, vi } from 'vitest';
import { createToySwarm, TOY_BLOCKS, TOY_ROOT, type ToySwarm } from '../testing/toy-swarm.ts';
import { createForecaster } from './forecaster.ts';
import { HANDLING_MS } from './round-trips.ts';

const { signal } = new AbortController();
/** There and back over links that nobody measured. */
const WAYS_MS = 2 * (HOP_MS + HANDLING_MS);

function forecasterOf({ transport, watch }: ToySwarm, headBlocks = 0) {
  const loadShape = vi.fn(async () => ({ blockCount: TOY_BLOCKS, headBlocks }));
  return { loadShape, ...createForecaster({ transport, watch, loadShape }) };
}

describe('a forecast', () => {
  test('is what the chain of now would take, its head included, and reads the model once', async () => {
    const swarm = await createToySwarm([[0, 6]]);
    const { forecast, loadShape } = forecasterOf(swarm, 3);
    expect(await forecast(TOY_ROOT, {}, signal)).toBeCloseTo(TOY_BLOCKS + 3 + WAYS_MS);
    await forecast(TOY_ROOT, {}, signal);
    expect(loadShape).toHaveBeenCalledTimes(1);
  });

  test('is the one that an answer begins with', async () => {
    const swarm = await createToySwarm([
      [0, 3],
      [3, 6],
    ]);
    const predicted = await forecasterOf(swarm).forecast(TOY_ROOT, {}, signal);
    const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
    const input = { tokenIds: [20, 21] };
    const request = { modelRoot: TOY_ROOT, input, tokensMax: 1, sampling };
    for await (const event of swarm.requester.answer(request)) {
      if (event.type === 'routing') expect(event.predictedMs).toBeCloseTo(predicted ?? 0);
    }
    expect.assertions(1);
  });

  test('is none while nobody could answer, and follows who leaves', async () => {
    const swarm = await createToySwarm([[0, 6]]);
    const { forecast } = forecasterOf(swarm);
    expect(await forecast(TOY_ROOT, { stagesMin: 2 }, signal)).toBeUndefined();
    const avoid = swarm.volunteers.map(({ peerId }) => identityOf(peerId));
    expect(await forecast(TOY_ROOT, { avoid }, signal)).toBeUndefined();
    expect(await forecast(TOY_ROOT, {}, signal)).toBeGreaterThan(0);
    swarm.volunteers[0]?.kill();
    expect(await forecast(TOY_ROOT, {}, signal)).toBeUndefined();
  });
});
