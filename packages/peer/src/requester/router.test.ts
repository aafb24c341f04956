import { expect, test } from 'vitest';
import { SECOND_TRY_WAIT_MS } from '../limits.ts';
import { createToySwarm, TOY_ROOT } from '../testing/toy-swarm.ts';
import type { MissingForChain } from './answer.ts';
import { createKnownRoundTrips } from './round-trips.ts';
import { createRouter } from './router.ts';

test('what is missing is told as whoever failed once could help again', async () => {
  const swarm = await createToySwarm([
    [0, 3],
    [3, 6],
  ]);
  const [front, back] = swarm.volunteers;
  const router = createRouter({
    watch: swarm.watch,
    transport: swarm.transport,
    request: {
      modelRoot: TOY_ROOT,
      input: { tokenIds: [20] },
      tokensMax: 8,
      sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
    },
    blockCount: 6,
    headBlocks: 0,
    roundTrips: createKnownRoundTrips(swarm.transport),
    coverageWaitMs: 2 * SECOND_TRY_WAIT_MS,
  });
  router.exclude(front?.peerId ?? '');
  back?.kill();
  const waits: MissingForChain[] = [];
  const { signal } = new AbortController();
  const choosing = router.choose(20, true, signal, (missing) => waits.push(missing));
  await expect(choosing).rejects.toMatchObject({ code: 'not-covered' });
  expect(waits).toMatchObject([{ code: 'not-covered', missingBlocks: [3, 4, 5] }]);
});
