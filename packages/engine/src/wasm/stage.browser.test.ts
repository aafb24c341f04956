import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { describe, expect, test } from 'vitest';
import { type StageBackend, stageAcceptance } from '../stage-acceptance.ts';
import { openTestModel } from '../stage-testing.ts';
import type { Activations } from './choose-product.ts';
import type { KernelVariant } from './kernels.ts';
import { createWasmStage } from './stage.ts';

function backend(
  variant: KernelVariant,
  activations: Activations,
  tolerance: number,
): StageBackend {
  return {
    name: `${variant} kernels, ${activations} activations`,
    numericClass: `wasm-${activations}`,
    tolerance,
    load: (model, range, memoryBytesMax) =>
      createWasmStage(model.spec(range), model.readTensor, {
        memoryBytesMax,
        activations,
        variant,
      }),
  };
}

stageAcceptance(backend('plain', 'f32', 2e-5));
stageAcceptance(backend('relaxed', 'f32', 2e-5));
// 15 bits of a block's largest number; sums in f32 keep 24 of each term.
stageAcceptance(backend('plain', 'i16', 2e-4));
stageAcceptance(backend('relaxed', 'i16', 2e-4));
// 7 bits.
stageAcceptance(backend('relaxed', 'i8', 0.05));

describe('the kernels that are left to choose', () => {
  test('are relaxed, with activations in i8, where the engine has them', async () => {
    const model = await openTestModel(createTinyModel({ weightType: 'Q8_0' }));
    const load = (options: { activations?: Activations; variant?: KernelVariant }) =>
      createWasmStage(model.spec(model.whole), model.readTensor, {
        memoryBytesMax: 2 ** 26,
        ...options,
      });
    expect((await load({ variant: 'plain', activations: 'i8' })).numericClass).toBe('wasm-i16');
    expect((await load({})).numericClass).toBe('wasm-i8');
    expect((await load({ variant: 'plain' })).numericClass).toBe('wasm-i16');
    expect((await load({ activations: 'f32' })).numericClass).toBe('wasm-f32');
  });
});
