import { expect, it } from 'vitest';
import type { Contender } from './contender.ts';
import { timeContender } from './time-contender.ts';

/** Takes a millisecond a token and five a step, on a clock of its own. */
function createFake(msPerToken = 1) {
  const clock = { now: 0 };
  const positions: number[] = [];
  let position = 0;
  const contender: Contender = {
    detail: 'fake',
    prepare: async () => undefined,
    reset: async () => {
      position = 0;
    },
    async step(tokenIds) {
      clock.now += 5 + msPerToken * tokenIds.length;
      position += tokenIds.length;
      positions.push(position);
      return { top: async () => [], logProbs: async () => [] };
    },
    dispose: async () => undefined,
  };
  return { contender, positions, now: () => clock.now };
}

const plan = {
  promptTokens: Array.from({ length: 512 }, (_, i) => i),
  prefillCounts: [64, 512],
  repeats: 3,
  budgetMs: 10_000,
};

it('times prefill and decode apart', async () => {
  const { contender, now } = createFake();
  expect(await timeContender(contender, plan, now)).toEqual({
    firstPrefillMs: 69,
    decodeMs: [6, 6, 6],
    prefill: [
      { tokenCount: 64, samplesMs: [69, 69, 69] },
      { tokenCount: 512, samplesMs: [517, 517, 517] },
    ],
  });
});

it('never goes beyond 512 positions', async () => {
  const { contender, positions, now } = createFake(0.001);
  await timeContender(contender, { ...plan, repeats: 50 }, now);
  expect(Math.max(...positions)).toBeLessThanOrEqual(512);
});

it('measures what takes longer than its budget once, and leaves out what would', async () => {
  const { contender, now } = createFake(1000);
  const { decodeMs, prefill } = await timeContender(contender, { ...plan, budgetMs: 2000 }, now);
  expect(decodeMs).toEqual([1005]);
  expect(prefill).toEqual([
    { tokenCount: 64, samplesMs: [64_005] },
    { tokenCount: 512, samplesMs: [] },
  ]);
});
