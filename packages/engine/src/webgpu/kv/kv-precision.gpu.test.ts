import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { session, tokenStep } from '../../acceptance-testing.ts';
import type { GoldenCase } from '../../conformance/golden.ts';
import type { Candidates } from '../../stage.ts';
import { openTestModel, type TestModel } from '../../stage-testing.ts';
import { type GpuDevice, requestDevice } from '../device.ts';
import { createWebGpuStage } from '../stage.ts';
import type { KvType } from './kv-type.ts';

// Empty where the folder beside the repository is missing: then these tests skip.
const FILES = import.meta.glob<string>('../../../../../../shared/models/*/*.gguf', {
  query: '?url',
  import: 'default',
  eager: true,
});
const GOLDEN = import.meta.glob<Record<string, readonly GoldenCase[]>>(
  '../../../../../../shared/models/*/golden.json',
  { import: 'default', eager: true },
);

/** Mean over all positions, of the f32 cache's predictions to the smaller one's. */
const KL_MAX = 0.002;
const POSITIONS_MIN = 200;

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

describe.each(['stories260K-q8_0', 'pip-7m-q8_0'])('%s', (name) => {
  const file = `${name}.gguf`;
  const url = Object.entries(FILES).find(([path]) => path.endsWith(`/${file}`))?.[1];
  const cases = Object.values(GOLDEN).flatMap((golden) => golden[file] ?? []);

  test.skipIf(url === undefined || cases.length === 0)(
    'predicts the same with a cache of fewer bits (skips without ../shared/models)',
    { timeout: 120_000 },
    async ({ annotate }) => {
      const bytes = await (await fetch(url as string)).arrayBuffer();
      const model = await openTestModel(new Uint8Array(bytes));
      const texts = firstTexts(cases);
      const exact = await predict(model, 'f32', texts);
      for (const kvType of ['f16', 'q8'] as const) {
        const predictions = await predict(model, kvType, texts);
        const divergences = exact.flatMap((rows, i) =>
          divergence(rows, predictions[i] as Candidates),
        );
        const mean = divergences.reduce((sum, each) => sum + each, 0) / divergences.length;
        await annotate(`${kvType}: KL ${mean.toExponential(2)}, ${divergences.length} positions`);
        expect(divergences.length).toBeGreaterThan(POSITIONS_MIN);
        expect(mean).toBeLessThanOrEqual(KL_MAX);
        // A cache that made no difference would not have been tested.
        expect(mean).not.toBe(0);
      }
    },
  );
});

/** Prompts with what llama.cpp made of them, as many as a few hundred positions need. */
function firstTexts(cases: readonly GoldenCase[]): number[][] {
  const texts: number[][] = [];
  let positions = 0;
  for (const { tokens, greedy } of cases) {
    if (positions > POSITIONS_MIN) break;
    texts.push([...tokens, ...greedy]);
    positions += tokens.length + greedy.length;
  }
  return texts;
}

/** Candidates after every token of every text. */
async function predict(
  model: TestModel,
  kvType: KvType,
  texts: readonly (readonly number[])[],
): Promise<Candidates[]> {
  const options = { memoryBytesMax: 256 * 2 ** 20, kvType };
  const stage = await createWebGpuStage(gpu, model.spec(model.whole), model.readTensor, options);
  const all: Candidates[] = [];
  for (const text of texts) {
    const tokenIds = Uint32Array.from(text);
    await stage.openSession('s', session(model.whole, text.length));
    const step = tokenStep(tokenIds, 0, { headRows: text.length });
    all.push((await stage.step(step)).candidates as Candidates);
    stage.closeSession('s');
  }
  stage.dispose();
  return all;
}

/**
 * Of each position, over the candidates that both name and the rest of the vocabulary as one: never
 * more than over every token, and 64 candidates are nearly all of these models' probability.
 */
function divergence(expected: Candidates, actual: Candidates): number[] {
  const count = expected.candidateCount;
  return Array.from({ length: expected.rowCount }, (_, row) => {
    const logProbabilities = ({ tokenIds, logits, logSumExp }: Candidates) => {
      const at = (i: number) => (logits[row * count + i] as number) - (logSumExp[row] as number);
      return new Map(Array.from({ length: count }, (_, i) => [tokenIds[row * count + i], at(i)]));
    };
    const own = logProbabilities(actual);
    let sum = 0;
    let [rest, ownRest] = [1, 1];
    for (const [id, logProbability] of logProbabilities(expected)) {
      const other = own.get(id);
      if (other === undefined) continue;
      const probability = Math.exp(logProbability);
      sum += probability * (logProbability - other);
      rest -= probability;
      ownRest -= Math.exp(other);
    }
    const isFelt = rest > 1e-6 && ownRest > 1e-6;
    return sum + (isFelt ? rest * Math.log(rest / ownRest) : 0);
  });
}
