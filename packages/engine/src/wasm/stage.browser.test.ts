import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { describe, expect, test } from 'vitest';
import { stageAcceptance } from '../stage-acceptance.ts';
import { openTestModel } from '../stage-testing.ts';
import type { WasmBackendOptions } from './backend.ts';
import type { Activations } from './choose-product.ts';
import type { KernelVariant } from './kernels.ts';
import { createWasmStage } from './stage.ts';

/** `i16` keeps 15 bits of a block's largest number, `i8` 7; sums in f32 keep 24 of each term. */
const VARIANTS: readonly [KernelVariant, Activations, tolerance: number][] = [
  ['plain', 'f32', 2e-5],
  ['relaxed', 'f32', 2e-5],
  ['plain', 'i16', 2e-4],
  ['relaxed', 'i16', 2e-4],
  ['relaxed', 'i8', 0.05],
];

for (const [variant, activations, tolerance] of VARIANTS) {
  stageAcceptance({
    name: `${variant} kernels, ${activations} activations`,
    numericClass: `wasm-${activations}`,
    tolerance,
    load: (model, range, memoryBytesMax) =>
      createWasmStage(model.spec(range), model.readTensor, {
        memoryBytesMax,
        activations,
        variant,
      }),
  });
}

describe('the kernels that are left to choose', () => {
  test('are the fastest of this browser; exact ones are to be had', async () => {
    const model = await openTestModel(createTinyModel({ weightType: 'Q8_0' }));
    const load = async (options: Partial<WasmBackendOptions>): Promise<string> => {
      const all = { memoryBytesMax: 2 ** 26, ...options };
      const stage = await createWasmStage(model.spec(model.whole), model.readTensor, all);
      return stage.numericClass;
    };
    expect(await load({ variant: 'plain', activations: 'i8' })).toBe('wasm-i16');
    expect(await load({ variant: 'plain' })).toBe('wasm-i16');
    expect(await load({})).toBe('wasm-i8');
    expect(await load({ activations: 'f32' })).toBe('wasm-f32');
  });
});
