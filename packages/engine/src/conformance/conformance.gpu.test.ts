import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stage } from '../stage.ts';
import { openTestModel } from '../stage-testing.ts';
import { type GpuDevice, requestDevice } from '../webgpu/device.ts';
import { createWebGpuStage } from '../webgpu/stage.ts';
import { generate, splitRanges } from './generate.ts';
import { disagreements, type GoldenCase, type Tolerance } from './golden.ts';

// Empty where the folder beside the repository is missing: then these tests skip.
const FILES = import.meta.glob<string>('../../../../../shared/conformance/*.gguf', {
  query: '?url',
  import: 'default',
  eager: true,
});
const REFERENCES = import.meta.glob<Record<string, readonly GoldenCase[]>>(
  '../../../../../shared/conformance/reference.json',
  { import: 'default', eager: true },
);

const [reference = {}] = Object.values(REFERENCES);
const TOLERANCE: Tolerance = { gapMin: 0.1, logProbabilityMax: 0.08, probabilityMin: 0.001 };

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

/** One file of each architecture; `eval` runs all of them. */
describe.each(['llama3-rope-q8_0', 'llama-q4_k', 'qwen2-q8_0', 'qwen3-q8_0'])('%s', (name) => {
  const url = Object.entries(FILES).find(([path]) => path.endsWith(`/${name}.gguf`))?.[1];
  const [golden] = reference[`${name}.gguf`] ?? [];

  test.skipIf(url === undefined || golden === undefined)(
    'agrees with llama.cpp whole and split (skips without ../shared/conformance)',
    { timeout: 60_000 },
    async () => {
      const bytes = await (await fetch(url as string)).arrayBuffer();
      const model = await openTestModel(new Uint8Array(bytes));
      for (const stageCount of [1, 3]) {
        const chain: Stage[] = [];
        for (const range of splitRanges(model.config.blockCount, stageCount)) {
          const options = { memoryBytesMax: 64 * 2 ** 20 };
          chain.push(await createWebGpuStage(gpu, model.spec(range), model.readTensor, options));
        }
        const { tokens, greedy } = golden as GoldenCase;
        const predictions = await generate(chain, tokens, greedy.length);
        expect(disagreements(golden as GoldenCase, predictions, TOLERANCE)).toEqual([]);
        for (const stage of chain) stage.dispose();
      }
    },
  );
});
