import type { ModelConfig } from '@manyhands/model/config';
import type { Stage } from '../stage.ts';

const WARM_UP_STEPS = 2;
const MEASURED_STEPS = 9;

/**
 * Milliseconds one block takes for one token; 0 for a stage without blocks. The lower quartile of the
 * steps: tabs that load beside this one, or the page that draws, slow some of them down, and nothing makes
 * one faster than the device is.
 */
export async function measureMsPerBlock(stage: Stage, config: ModelConfig): Promise<number> {
  const { firstBlock, endBlock } = stage.range;
  const blockCount = endBlock - firstBlock;
  if (blockCount === 0) return 0;
  const sessionId = 'measure';
  const positionsMax = Math.min(WARM_UP_STEPS + MEASURED_STEPS, config.contextLength);
  const range = { firstBlock, endBlock, embeds: false, heads: false, positionsMax };
  await stage.openSession(sessionId, range);
  try {
    const times: number[] = [];
    for (let step = 0; step < WARM_UP_STEPS + MEASURED_STEPS; step += 1) {
      const hidden = new Float32Array(config.hiddenSize).map((_, i) => Math.sin(i));
      const position = Math.min(step, positionsMax - 1);
      const startedAt = performance.now();
      await stage.step({ sessionId, position, tokenCount: 1, hidden, headRows: 0 });
      if (step >= WARM_UP_STEPS) times.push(performance.now() - startedAt);
    }
    times.sort((a, b) => a - b);
    return (times[Math.floor(times.length / 4)] as number) / blockCount;
  } finally {
    stage.closeSession(sessionId);
  }
}
