import { describe, expect, test } from 'vitest';
import type { Stage, StageRange } from '../stage.ts';
import { openTestModel, type TestModel } from '../stage-testing.ts';
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

/** Every file; `eval` runs all of them too, on the processor. */
export const CONFORMANCE_MODELS = [
  'llama-f16-gqa',
  'llama-q4_0',
  'llama-q4_k',
  'llama-q8_0-spm-tied',
  'llama3-rope-q8_0',
  'qwen2-q8_0',
  'qwen3-q8_0',
] as const;

/** Agreement with llama.cpp's recorded answers, whole and split. */
export function conformanceAcceptance(
  name: string,
  models: readonly string[],
  load: (model: TestModel, range: StageRange) => Promise<Stage>,
): void {
  describe.each(models)(`${name}, %s`, (modelName) => {
    const url = Object.entries(FILES).find(([path]) => path.endsWith(`/${modelName}.gguf`))?.[1];
    const [golden] = reference[`${modelName}.gguf`] ?? [];

    test.skipIf(url === undefined || golden === undefined)(
      'agrees with llama.cpp whole and split (skips without ../shared/conformance)',
      { timeout: 60_000 },
      async () => {
        const bytes = await (await fetch(url as string)).arrayBuffer();
        const model = await openTestModel(new Uint8Array(bytes));
        for (const stageCount of [1, 3]) {
          const chain: Stage[] = [];
          for (const range of splitRanges(model.config.blockCount, stageCount)) {
            chain.push(await load(model, range));
          }
          const { tokens, greedy } = golden as GoldenCase;
          const predictions = await generate(chain, tokens, greedy.length);
          expect(disagreements(golden as GoldenCase, predictions, TOLERANCE)).toEqual([]);
          for (const stage of chain) stage.dispose();
        }
      },
    );
  });
}
