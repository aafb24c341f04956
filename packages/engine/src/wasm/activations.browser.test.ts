import { describe, expect, test } from 'vitest';
import { candidateDivergence } from '../candidate-divergence.ts';
import type { GoldenCase } from '../conformance/golden.ts';
import type { Candidates } from '../stage.ts';
import { openTestModel, type TestModel } from '../stage-testing.ts';
import type { Activations } from './choose-product.ts';
import { createWasmStage } from './stage.ts';

// Empty where the folder beside the repository is missing: then these tests skip.
const FILES = import.meta.glob<string>('../../../../../shared/models/*/*.gguf', {
  query: '?url',
  import: 'default',
  eager: true,
});
const GOLDEN = import.meta.glob<Record<string, readonly GoldenCase[]>>(
  '../../../../../shared/models/*/golden.json',
  { import: 'default', eager: true },
);

/** Real text: prompts and the answers that llama.cpp recorded. */
const TEXTS = new Map(Object.values(GOLDEN).flatMap((golden) => Object.entries(golden)));

/** Candidates of every position of every text. */
async function read(model: TestModel, name: string, activations: Activations) {
  const options = { memoryBytesMax: 2 ** 27, activations };
  const stage = await createWasmStage(model.spec(model.whole), model.readTensor, options);
  const results: Candidates[] = [];
  for (const { tokens, greedy } of TEXTS.get(name) ?? []) {
    const tokenIds = Uint32Array.of(...tokens, ...greedy);
    const tokenCount = tokenIds.length;
    await stage.openSession('s', { ...model.whole, positionsMax: tokenCount });
    const step = { sessionId: 's', position: 0, tokenCount, tokenIds, headRows: tokenCount };
    const { candidates } = await stage.step(step);
    if (candidates !== undefined) results.push(candidates);
    stage.closeSession('s');
  }
  stage.dispose();
  return results;
}

describe.each([
  'stories260K-q4_0.gguf',
  'stories260K-q8_0.gguf',
  'pip-7m-q4_0.gguf',
  'pip-7m-q8_0.gguf',
])('%s', (name) => {
  const url = Object.entries(FILES).find(([path]) => path.endsWith(`/${name}`))?.[1];

  test.skipIf(url === undefined)(
    'is hardly changed by rounded activations (skips without ../shared/models)',
    { timeout: 60_000 },
    async () => {
      const bytes = await (await fetch(url as string)).arrayBuffer();
      const model = await openTestModel(new Uint8Array(bytes));
      const exact = await read(model, name, 'f32');
      const rowCount = exact.reduce((sum, candidates) => sum + candidates.rowCount, 0);
      expect(rowCount).toBeGreaterThan(100);
      for (const [activations, divergenceMax] of [
        ['i16', 1e-6],
        ['i8', 0.002],
      ] as const) {
        const rounded = await read(model, name, activations);
        const sum = exact.reduce(
          (total, candidates, i) =>
            total + candidates.rowCount * candidateDivergence(candidates, rounded[i] as Candidates),
          0,
        );
        expect(sum / rowCount, activations).toBeLessThan(divergenceMax);
      }
    },
  );
});
