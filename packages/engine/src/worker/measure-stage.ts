import type { ModelConfig } from '@manyhands/model/config';
import type { Stage } from '../stage.ts';

const WARM_UP_STEPS = 2;
const MEASURED_STEPS = 9;
/** Ticks of the clock that a step must take to be measured alone, and that several must take together. */
const TICKS = { alone: 4, together: 20 } as const;
/** Bounds of what is measured together: more than two ticks of the slowest clock there is. */
const TOGETHER_MAX = { steps: 200, ms: 250 } as const;
/** Less is the rounding of a sum; the finest clock of a browser has ticks of 0.005. */
const ROUNDING_MS = 0.001;
/** No block is faster; a clock that stands still must not make one free. */
const MS_MIN = 0.0005;

/**
 * Milliseconds one block takes for one token; 0 for a stage without blocks. The lower quartile of the
 * steps: tabs that load beside this one, or the page that draws, slow some of them down, and nothing makes
 * one faster than the device is.
 *
 * Browsers round their clocks: to 1 ms where a page is not isolated, as in frames, and to 17 or 100 where
 * people want their device to look like any other. Steps of few ticks are measured together, on average.
 * https://developer.mozilla.org/en-US/docs/Web/API/Performance_API/High_precision_timing
 */
export async function measureMsPerBlock(stage: Stage, config: ModelConfig): Promise<number> {
  const { firstBlock, endBlock } = stage.range;
  const blockCount = endBlock - firstBlock;
  if (blockCount === 0) return 0;
  const sessionId = 'measure';
  const positionsMax = Math.min(WARM_UP_STEPS + MEASURED_STEPS, config.contextLength);
  const range = { firstBlock, endBlock, embeds: false, heads: false, positionsMax };
  await stage.openSession(sessionId, range);
  /** Each reading of the clock. */
  const moments: number[] = [];
  const now = (): number => {
    const moment = performance.now();
    moments.push(moment);
    return moment;
  };
  let count = 0;
  const timeStep = async (): Promise<number> => {
    const hidden = new Float32Array(config.hiddenSize).map((_, i) => Math.sin(i));
    const position = Math.min(count, positionsMax - 1);
    count += 1;
    const startedAt = now();
    await stage.step({ sessionId, position, tokenCount: 1, hidden, headRows: 0 });
    return now() - startedAt;
  };
  try {
    for (let step = 0; step < WARM_UP_STEPS; step += 1) await timeStep();
    const times: number[] = [];
    for (let step = 0; step < MEASURED_STEPS; step += 1) times.push(await timeStep());
    times.sort((a, b) => a - b);
    const quartile = times[Math.floor(times.length / 4)] as number;
    const tickMs = Math.min(leastBetween(times), leastBetween(moments));
    const isClear = quartile >= TICKS.alone * tickMs;
    const ms = isClear ? quartile : await averageOf(timeStep, TICKS.together * tickMs);
    return Math.max(ms / blockCount, MS_MIN);
  } finally {
    stage.closeSession(sessionId);
  }
}

/** The least by which numbers in order differ, if any do: a tick of the clock that gave them is no longer. */
function leastBetween(ordered: readonly number[]): number {
  const differences = ordered.slice(1).map((each, index) => each - (ordered[index] as number));
  return Math.min(...differences.filter((each) => each > ROUNDING_MS), Number.POSITIVE_INFINITY);
}

async function averageOf(run: () => Promise<unknown>, msWanted: number): Promise<number> {
  const startedAt = performance.now();
  let steps = 0;
  let elapsed = 0;
  while (steps < TOGETHER_MAX.steps && elapsed < Math.min(msWanted, TOGETHER_MAX.ms)) {
    await run();
    steps += 1;
    elapsed = performance.now() - startedAt;
  }
  return elapsed / steps;
}
