import { madeUpStage } from '../self-test/model-of-stage.ts';
import type { LoadStage } from '../self-test/self-test.ts';
import type { StageSpec } from '../stage.ts';

/** Larger models are measured with a slimmer MLP: the ratio of two backends is what is wanted. */
const WEIGHTS_MAX = 4 * 2 ** 20;
const WARM_UP_STEPS = 2;
const MEASURED_STEPS = 5;

/** Median milliseconds of one token through blocks of the stage's shape, on made-up weights. */
export async function measureMsPerToken(real: StageSpec, loadStage: LoadStage): Promise<number> {
  const { hiddenSize, ffnSize } = real.config;
  const ffnSizeMax = Math.max(256, Math.floor(WEIGHTS_MAX / (3 * hiddenSize) / 256) * 256);
  const sizes = { hiddenSize, ffnSize: Math.min(ffnSize, ffnSizeMax), vocabSize: 300 };
  const { spec, readTensor } = madeUpStage(
    { ...real, embeds: false, heads: false },
    { ...sizes, blockCount: 2 },
  );
  const stage = await loadStage(spec, readTensor);
  try {
    const sessionId = 'measure';
    const hidden = new Float32Array(hiddenSize).map((_, i) => Math.sin(i));
    await stage.openSession(sessionId, { ...stage.range, positionsMax: 32 });
    const times: number[] = [];
    for (let i = 0; i < WARM_UP_STEPS + MEASURED_STEPS; i += 1) {
      const request = { sessionId, position: i, tokenCount: 1, headRows: 0 };
      const startedAt = performance.now();
      await stage.step({ ...request, hidden: hidden.slice() });
      if (i >= WARM_UP_STEPS) times.push(performance.now() - startedAt);
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
  } finally {
    stage.dispose();
  }
}
