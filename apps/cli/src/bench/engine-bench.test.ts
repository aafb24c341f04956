import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from '../../bin/build.mjs';
import { ensureChromium } from '../../bin/chromium.mjs';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { type BenchOptions, readBenchOptions } from './bench-options.ts';
import { runEngineBench } from './engine-bench.ts';

const START_TIMEOUT_MS = 5 * 60_000;
const RUN_TIMEOUT_MS = 5 * 60_000;

let context: TestContext;
beforeAll(async () => {
  process.env.CHROMIUM = await ensureChromium();
  await build(['bench']);
  context = await createTestContext();
}, START_TIMEOUT_MS);
afterAll(() => context?.dispose());

it(
  'measures ours, onnxruntime and llama.cpp on the same weights, once they agree',
  async () => {
    const args =
      '--shapes tiny --types Q4_0 --backends wasm --rivals ort,wllama --quick --repeats 1';
    const options = readBenchOptions(['engine', ...args.split(' ')]) as BenchOptions;
    const { cases } = await runEngineBench({ ...options, budgetMs: 100 }, context);
    const contenders = cases[0]?.contenders ?? [];
    expect(contenders.map(({ name, status }) => [name, status])).toEqual([
      ['ours-wasm-relaxed', 'measured'],
      ['ours-wasm-plain', 'measured'],
      ['ort-wasm', 'measured'],
      ['wllama-2', 'measured'],
    ]);
    for (const contender of contenders) {
      if (contender.status !== 'measured') continue;
      expect(contender.measured.decodeMs).toBeGreaterThan(0);
      expect(contender.measured.prefill[0]?.ms).toBeGreaterThan(0);
    }
    const [relaxed, plain, ort, wllama] = contenders;
    // Eight bits of an activation, then fifteen.
    expect(relaxed?.agreement?.relative).toBeLessThan(0.05);
    expect(plain?.agreement?.relative).toBeLessThan(1e-3);
    expect(ort?.agreement).toMatchObject({ sameLikeliest: 3, answers: 3 });
    expect(ort?.agreement?.relative).toBeLessThan(1e-3);
    // Its products take activations of 8 bits.
    expect(wllama?.agreement?.relative).toBeLessThan(0.1);
  },
  RUN_TIMEOUT_MS,
);
