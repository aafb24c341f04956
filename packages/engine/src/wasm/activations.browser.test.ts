import { describe, expect, test } from 'vitest';
import { meanDivergence, rowsOf } from '../conformance/divergence-testing.ts';
import { findSharedModel, readTexts } from '../conformance/shared-models-testing.ts';
import type { Candidates } from '../stage.ts';
import type { TestModel } from '../stage-testing.ts';
import type { Activations } from './choose-product.ts';
import { createWasmStage } from './stage.ts';

async function read(
  model: TestModel,
  texts: readonly (readonly number[])[],
  activations: Activations,
): Promise<Candidates[]> {
  const options = { memoryBytesMax: 2 ** 27, activations };
  const stage = await createWasmStage(model.spec(model.whole), model.readTensor, options);
  const results = await readTexts(stage, texts);
  stage.dispose();
  return results;
}

describe.each(['stories260K-q4_0', 'stories260K-q8_0', 'pip-7m-q4_0', 'pip-7m-q8_0'])(
  '%s',
  (name) => {
    const shared = findSharedModel(name);

    test.skipIf(shared === undefined)(
      'is hardly changed by rounded activations (skips without ../shared/models)',
      { timeout: 60_000 },
      async () => {
        const { open, texts } = shared as NonNullable<typeof shared>;
        const model = await open();
        const exact = await read(model, texts, 'f32');
        expect(rowsOf(exact)).toBeGreaterThan(100);
        for (const [activations, divergenceMax] of [
          ['i16', 1e-6],
          ['i8', 0.002],
        ] as const) {
          const mean = meanDivergence(exact, await read(model, texts, activations));
          expect(mean, activations).toBeLessThan(divergenceMax);
        }
      },
    );
  },
);
