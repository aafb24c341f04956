import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { meanDivergence, rowsOf } from '../../conformance/divergence-testing.ts';
import { findSharedModel, readTexts } from '../../conformance/shared-models-testing.ts';
import type { Candidates } from '../../stage.ts';
import type { TestModel } from '../../stage-testing.ts';
import { type GpuDevice, requestDevice } from '../device.ts';
import { createWebGpuStage } from '../stage.ts';
import type { KvType } from './kv-type.ts';

/** Mean over all positions, of the f32 cache's predictions to the smaller one's. */
const KL_MAX = 0.002;
const POSITIONS_MIN = 200;

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

describe.each(['stories260K-q8_0', 'pip-7m-q8_0'])('%s', (name) => {
  const shared = findSharedModel(name);

  test.skipIf(shared === undefined)(
    'predicts the same with a cache of fewer bits (skips without ../shared/models)',
    { timeout: 120_000 },
    async ({ annotate }) => {
      const { open, texts: all } = shared as NonNullable<typeof shared>;
      const model = await open();
      const texts = firstTexts(all);
      const exact = await predict(model, 'f32', texts);
      for (const kvType of ['f16', 'q8'] as const) {
        const predictions = await predict(model, kvType, texts);
        const mean = meanDivergence(exact, predictions);
        await annotate(`${kvType}: KL ${mean.toExponential(2)}, ${rowsOf(exact)} positions`);
        expect(rowsOf(exact)).toBeGreaterThan(POSITIONS_MIN);
        expect(mean).toBeLessThanOrEqual(KL_MAX);
        // A cache that made no difference would not have been tested.
        expect(mean).not.toBe(0);
      }
    },
  );
});

/** As many as a few hundred positions need. */
function firstTexts(all: readonly (readonly number[])[]) {
  let positions = 0;
  return all.filter((text) => {
    const isNeeded = positions <= POSITIONS_MIN;
    positions += text.length;
    return isNeeded;
  });
}

async function predict(
  model: TestModel,
  kvType: KvType,
  texts: readonly (readonly number[])[],
): Promise<Candidates[]> {
  const options = { memoryBytesMax: 256 * 2 ** 20, kvType };
  const stage = await createWebGpuStage(gpu, model.spec(model.whole), model.readTensor, options);
  const all = await readTexts(stage, texts);
  stage.dispose();
  return all;
}
