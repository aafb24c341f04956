import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Candidates } from '../stage.ts';
import { openTestModel, type TestModel } from '../stage-testing.ts';
import { type GpuDevice, requestDevice } from '../webgpu/device.ts';
import type { ActivationClass } from '../webgpu/kernels/product-variant.ts';
import { createWebGpuStage, type WebGpuStage } from '../webgpu/stage.ts';
import type { GoldenCase } from './golden.ts';

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

/** A software adapter emulates packed dot products: a third of a second a token. */
const POSITIONS_MAX = 100;

/** Mean over positions of the divergence from f32 activations. */
const KL_DIVERGENCE_MAX = 0.002;

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

const MODELS = [
  'stories260K/stories260K-q8_0',
  'stories260K/stories260K-q4_0',
  'pip/pip-7m-q8_0',
  'pip/pip-7m-q4_0',
] as const;

describe.each(['i8', 'f16'] as const)('%s activations', (activations) => {
  test.for(MODELS)(
    'stay close to f32 on text of %s (skips without ../shared/models)',
    { timeout: 120_000 },
    async (name, { skip }) => {
      const url = Object.entries(FILES).find(([path]) => path.endsWith(`/${name}.gguf`))?.[1];
      skip(url === undefined, 'the model is not there');
      const bytes = await (await fetch(url as string)).arrayBuffer();
      const model = await openTestModel(new Uint8Array(bytes));
      const exact = await load(model, 'f32');
      const rounded = await load(model, activations);
      try {
        skip(rounded.numericClass !== `webgpu-${activations}`, 'this adapter lacks the feature');
        const divergences: number[] = [];
        for (const tokens of goldenTexts(name)) {
          const expected = await readText(exact, tokens);
          const actual = await readText(rounded, tokens);
          expected.forEach((candidates, i) => {
            divergences.push(klDivergence(candidates, actual[i] as Candidates));
          });
        }
        expect(divergences.length).toBeGreaterThan(50);
        const mean = divergences.reduce((sum, value) => sum + value, 0) / divergences.length;
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

/** Prompts with the text that llama.cpp wrote after them. */
function goldenTexts(name: string): number[][] {
  const [folder, file] = name.split('/');
  const golden = Object.entries(GOLDEN).find(([path]) => path.includes(`/${folder}/`))?.[1] ?? {};
  const cases = golden[`${file}.gguf`] ?? [];
  const texts = cases.map(({ tokens, greedy }) => [...tokens, ...greedy]);
  return texts.slice(0, 2).map((tokens) => tokens.slice(0, POSITIONS_MAX / 2));
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

/** What is left of 1 below this is the rounding of f32. */
const REST_MIN = 1e-6;

/** Over the candidates that both name, and all other tokens as one. */
function klDivergence(expected: Candidates, actual: Candidates): number {
  const other = new Map<number, number>();
  for (const [i, id] of actual.tokenIds.entries()) other.set(id, probability(actual, i));
  let sum = 0;
  let [p, q] = [0, 0];
  for (const [i, id] of expected.tokenIds.entries()) {
    const theirs = other.get(id);
    if (theirs === undefined) continue;
    const ours = probability(expected, i);
    sum += ours * Math.log(ours / theirs);
    p += ours;
    q += theirs;
  }
  const [restP, restQ] = [Math.max(1 - p, REST_MIN), Math.max(1 - q, REST_MIN)];
  return sum + restP * Math.log(restP / restQ);
}

function probability({ logits, logSumExp }: Candidates, i: number): number {
  return Math.exp((logits[i] as number) - (logSumExp[0] as number));
}
