import { madeUpStage } from '../self-test/model-of-stage.ts';
import type { LoadStage } from '../self-test/self-test.ts';
import type { StageSpec } from '../stage.ts';
import { measureMsPerBlock } from './measure-stage.ts';

/** Larger models are measured with a slimmer MLP: the ratio of two backends is what is wanted. */
const WEIGHTS_MAX = 4 * 2 ** 20;
const BLOCKS = 2;

/** Median milliseconds of one token through blocks of the stage's shape, on made-up weights. */
export async function measureMsPerToken(real: StageSpec, loadStage: LoadStage): Promise<number> {
  const { hiddenSize, ffnSize } = real.config;
  const ffnSizeMax = Math.max(256, Math.floor(WEIGHTS_MAX / (3 * hiddenSize) / 256) * 256);
  const sizes = { hiddenSize, ffnSize: Math.min(ffnSize, ffnSizeMax), vocabSize: 300 };
  const { spec, readTensor } = madeUpStage(
    { ...real, embeds: false, heads: false },
    { ...sizes, blockCount: BLOCKS },
  );
  const stage = await loadStage(spec, readTensor);
  try {
    return BLOCKS * (await measureMsPerBlock(stage, spec.config));
  } finally {
    stage.dispose();
  }
}
