import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Candidates } from '../stage.ts';
import type { TestModel } from '../stage-testing.ts';
import { type GpuDevice, requestDevice } from '../webgpu/device.ts';
import type { ActivationClass } from '../webgpu/kernels/product-variant.ts';
import { createWebGpuStage, type WebGpuStage } from '../webgpu/stage.ts';
import { meanDivergence, rowsOf } from './divergence-testing.ts';
import { findSharedModel } from './shared-models-testing.ts';

/** A software adapter emulates packed dot products: a third of a second a token. */
const POSITIONS_MAX = 100;

/** Mean over positions of the divergence from f32 activations. */
const KL_DIVERGENCE_MAX = 0.002;

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

const MODELS = ['stories260K-q8_0', 'stories260K-q4_0', 'pip-7m-q8_0', 'pip-7m-q4_0'] as const;

describe.each(['i8', 'f16'] as const)('%s activations', (activations) => {
  test.for(MODELS)(
    'stay close to f32 on text of %s (skips without ../shared/models)',
    { timeout: 120_000 },
    async (name, { skip }) => {
      const shared = findSharedModel(name);
      if (shared === undefined) return skip('the model is not there');
      const model = await shared.open();
      const exact = await load(model, 'f32');
      const rounded = await load(model, activations);
      try {
        skip(rounded.numericClass !== `webgpu-${activations}`, 'this adapter lacks the feature');
        const texts = shared.texts.slice(0, 2).map((text) => text.slice(0, POSITIONS_MAX / 2));
        const expected: Candidates[] = [];
        const actual: Candidates[] = [];
        for (const text of texts) {
          expected.push(...(await readText(exact, text)));
          actual.push(...(await readText(rounded, text)));
        }
        expect(rowsOf(expected)).toBeGreaterThan(50);
        const mean = meanDivergence(expected, actual);
        // Zero would mean that nothing was rounded.
        expect(mean).toBeGreaterThan(0);
        expect(mean).toBeLessThanOrEqual(KL_DIVERGENCE_MAX);
      } finally {
        exact.dispose();
        rounded.dispose();
      }
    },
  );
});

function load(model: TestModel, activations: ActivationClass): Promise<WebGpuStage> {
  const options = { memoryBytesMax: 64 * 2 ** 20, activations };
  return createWebGpuStage(gpu, model.spec(model.whole), model.readTensor, options);
}

/** Candidates after each token, one decode step at a time. */
async function readText(stage: WebGpuStage, tokens: readonly number[]): Promise<Candidates[]> {
  const sessionId = 'text';
  await stage.openSession(sessionId, { ...stage.range, positionsMax: tokens.length });
  try {
    const rows: Candidates[] = [];
    for (const [position, token] of tokens.entries()) {
      const tokenIds = Uint32Array.of(token);
      const step = { sessionId, position, tokenCount: 1, tokenIds, headRows: 1 };
      rows.push((await stage.step(step)).candidates as Candidates);
    }
    return rows;
  } finally {
    stage.closeSession(sessionId);
  }
}
