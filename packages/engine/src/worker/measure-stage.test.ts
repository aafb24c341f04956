import type { ModelConfig } from '@manyhands/model/config';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Stage } from '../stage.ts';
import { measureMsPerBlock } from './measure-stage.ts';

const CONFIG = { hiddenSize: 8, contextLength: 512 } as ModelConfig;
const BLOCKS = 8;

/** A stage on a clock of its own, which pages read in ticks of `tickMs`. */
function stageOf(stepMs: (step: number) => number, tickMs: number) {
  let now = 1234.567;
  let steps = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => Math.floor(now / tickMs) * tickMs);
  const stage = {
    range: { firstBlock: 4, endBlock: 4 + BLOCKS, embeds: false, heads: false },
    openSession: async () => undefined,
    closeSession: () => undefined,
    step: async () => {
      now += stepMs(steps);
      steps += 1;
    },
  } as unknown as Stage;
  return { stage, stepCount: () => steps };
}

afterEach(() => vi.restoreAllMocks());

describe('milliseconds a block', () => {
  test('are the lower quartile where the clock is fine', async () => {
    const { stage, stepCount } = stageOf((step) => (step % 3 === 0 ? 5 : 0.6 + step / 1000), 0.005);
    expect(await measureMsPerBlock(stage, CONFIG)).toBeCloseTo(0.6 / BLOCKS, 2);
    expect(stepCount()).toBe(11);
  });

  test.each([
    [1, 0.6, 0.1],
    [1, 2.5, 0.1],
    [16.67, 0.6, 0.1],
    [16.67, 30, 0.15],
    [100, 0.9, 0.5],
  ])('are right with a clock of %f ms and steps of %f ms', async (tickMs, stepMs, tolerance) => {
    const { stage, stepCount } = stageOf(() => stepMs, tickMs);
    const measured = BLOCKS * (await measureMsPerBlock(stage, CONFIG));
    expect(Math.abs(measured - stepMs) / stepMs).toBeLessThan(tolerance);
    expect(stepCount()).toBeLessThanOrEqual(211);
  });

  test('are more than nothing with a clock that stands still', async () => {
    const { stage, stepCount } = stageOf(() => 0, 1);
    expect(await measureMsPerBlock(stage, CONFIG)).toBeGreaterThan(0);
    expect(stepCount()).toBe(211);
  });
});
