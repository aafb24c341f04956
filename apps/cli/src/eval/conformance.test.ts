import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BACKENDS } from '@manyhands/engine/worker/choose-backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../bin/build.mjs';
import { ensureChromium } from '../../bin/chromium.mjs';
import { repositoryRoot } from '../../bin/repository.mjs';
import { findDisagreements, type ReferenceCase, shiftBetween } from './agreement.ts';
import { openEvalModel, promptTokens } from './eval-model.ts';
import { createEvaluator, type Evaluator } from './evaluator.ts';

const RANDOM = '../shared/conformance/reference.json';
const STORIES = '../shared/models/stories260K/golden.json';
const PIP = '../shared/models/pip/golden.json';
const ALL = Number.POSITIVE_INFINITY;
/**
 * llama.cpp's results for models that are not part of the repository; where they are missing, this is
 * skipped. `casesMax` are run whole, `SPLIT_CASES` in several stages too: at least one of every file.
 */
const SETS = [
  { reference: RANDOM, gapMin: 0.1, casesMax: ALL },
  { reference: STORIES, gapMin: 0.02, casesMax: ALL },
  { reference: PIP, gapMin: 0.02, casesMax: 4 },
];
const SPLIT_CASES = 1;
/**
 * Compiling for a software adapter takes seconds a stage, and a case of pip six: there one case of a file of each
 * model has to do. The engine's own conformance test runs the random ones in one worker, which compiles once.
 */
const WEBGPU_FILES = ['stories260K-q4_0.gguf', 'pip-7m-q8_0.gguf'];
const TOP = 64;
const START_TIMEOUT_MS = 5 * 60_000;
const FILE_TIMEOUT_MS = 10 * 60_000;

const present = SETS.filter(({ reference }) => existsSync(join(repositoryRoot, reference)));

describe.skipIf(present.length === 0).each(BACKENDS)('%s agrees with llama.cpp', (backend) => {
  const evaluatorOf = useEvaluator();

  for (const { reference, gapMin, casesMax } of present) {
    const path = join(repositoryRoot, reference);
    const files = JSON.parse(readFileSync(path, 'utf8')) as Record<string, ReferenceCase[]>;
    for (const [name, cases] of Object.entries(files)) {
      if (backend === 'webgpu' && !WEBGPU_FILES.includes(name)) continue;
      it(
        `on ${name}, whole and in stages`,
        async () => {
          const model = await openEvalModel(join(path, '..', name));
          const tokenized = cases.map(({ text }) => promptTokens(model, { text }));
          expect(tokenized).toEqual(cases.map(({ tokens }) => tokens));
          for (const stageCount of stageCountsOf(backend, model.config.blockCount)) {
            await evaluatorOf().load(model, { stages: stageCount, backend, activations: 'f32' });
            const isFull = stageCount === 1 && backend === 'wasm';
            const compared = cases.slice(0, isFull ? casesMax : SPLIT_CASES);
            const found = await disagreementsOf(evaluatorOf(), compared, gapMin);
            expect(found, `${name} in ${stageCount} stages`).toEqual([]);
          }
        },
        FILE_TIMEOUT_MS,
      );
    }
  }
});

/**
 * On a software adapter three stages stand for all splits: one that embeds, one between, one that heads.
 * More of them would compile the same kernels again.
 */
function stageCountsOf(backend: string, blockCount: number): ReadonlySet<number> {
  return new Set(backend === 'webgpu' ? [Math.min(3, blockCount)] : [1, 2, blockCount]);
}

/** Most that rounding on the wire may move a log-probability, with a hop after every block. */
const SHIFT_MAX = { f16: 0.04, q8: 0.25 } as const;
const SHIFT_CASES = 4;
const stories = join(repositoryRoot, STORIES);

describe.skipIf(!existsSync(stories))('hidden states that are rounded between stages', () => {
  const evaluatorOf = useEvaluator();

  it(
    'move what stories260K answers by no more than is promised',
    async () => {
      const name = 'stories260K-q8_0.gguf';
      const files = JSON.parse(readFileSync(stories, 'utf8')) as Record<string, ReferenceCase[]>;
      const model = await openEvalModel(join(stories, '..', name));
      const stages = model.config.blockCount;
      await evaluatorOf().load(model, { stages, backend: 'wasm', activations: 'f32' });
      const most = { f16: 0, q8: 0 };
      for (const { tokens } of (files[name] ?? []).slice(0, SHIFT_CASES)) {
        const run = (wire: 'f32' | 'f16' | 'q8') =>
          evaluatorOf().evaluate(tokens, { generate: 4, top: TOP, wire });
        const exact = await run('f32');
        for (const wire of ['f16', 'q8'] as const) {
          most[wire] = Math.max(most[wire], shiftBetween(exact, await run(wire)).most);
        }
      }
      expect(most.f16).toBeLessThan(SHIFT_MAX.f16);
      expect(most.q8).toBeLessThan(SHIFT_MAX.q8);
      // It is the wire that rounded, and bytes are rougher than halves.
      expect(most.f16).toBeGreaterThan(0);
      expect(most.q8).toBeGreaterThan(most.f16);
    },
    FILE_TIMEOUT_MS,
  );
});

/** One evaluator for the tests of a `describe`. */
function useEvaluator(): () => Evaluator {
  let evaluator: Evaluator;
  beforeAll(async () => {
    process.env.CHROMIUM = await ensureChromium();
    await build(['harness']);
    evaluator = await createEvaluator({ repositoryRoot, signal: new AbortController().signal });
  }, START_TIMEOUT_MS);
  afterAll(() => evaluator?.dispose());
  return () => evaluator;
}

async function disagreementsOf(
  evaluator: Evaluator,
  cases: readonly ReferenceCase[],
  gapMin: number,
): Promise<string[]> {
  const found: string[] = [];
  for (const reference of cases) {
    const run = await evaluator.evaluate(reference.tokens, {
      generate: reference.greedy.length,
      top: TOP,
      wire: 'f32',
    });
    const differences = findDisagreements(reference, run, gapMin);
    found.push(...differences.map((each) => `${JSON.stringify(reference.text)}: ${each}`));
  }
  return found;
}
