import type { BenchEvent, BenchFigures } from '@manyhands/engine/bench/bench-report';
import { describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createBenchRun, listCases } from './bench.ts';
import { benchAsJson, describeBefore, describeBenchProgress, describeRow } from './bench-view.ts';

const FIGURES: BenchFigures = {
  numericClass: 'wasm-i8',
  threadCount: 1,
  blockCount: 2,
  decodeMsPerBlock: 0.5,
  batchMsPerBlock: 0.75,
  prefillMsPerBlock: 10,
  dispatchesPerBlock: 6,
  weightBytes: 4_000_000,
  allocatedBytes: 9_000_000,
};

/** A benchmark whose worker is played by the test. */
function createHarness(storage?: Storage) {
  const workers: { say(event: BenchEvent): void; isStopped: boolean }[] = [];
  const run = createBenchRun(async (_, onEvent) => {
    const worker = { say: onEvent, isStopped: false };
    workers.push(worker);
    return {
      stop: () => {
        worker.isStopped = true;
      },
    };
  }, storage);
  return { run, workers };
}

const [first] = listCases('quick');
if (first === undefined) throw new Error('nothing is measured');

describe('the benchmark', () => {
  it('measures both backends of each case, and only types that fill the rows', () => {
    expect(listCases('quick').map(({ backend }) => backend)).toEqual([
      'webgpu',
      'wasm',
      'webgpu',
      'wasm',
    ]);
    const full = listCases('full');
    expect(full).toContainEqual({
      shape: 'llama-3.2-1b',
      type: 'Q4_K',
      backend: 'webgpu',
      blockCount: 2,
    });
    expect(full.some(({ shape, type }) => shape === 'smollm2-135m' && type === 'Q4_K')).toBe(false);
  });

  it('says why it could not start, and can be tried again', async () => {
    const run = createBenchRun(async () => {
      throw new TypeError('Failed to fetch dynamically imported module');
    });
    await run.run();
    expect(run.state.value).toMatchObject({
      phase: 'failed',
      error: { code: 'internal', message: expect.stringContaining('Failed to fetch') },
    });
    await run.run();
    expect(run.state.value.phase).toBe('failed');
  });

  it('gathers rows as they come and ends', async () => {
    const { run, workers } = createHarness();
    await run.run();
    workers[0]?.say({ type: 'case', benchCase: first });
    expect(describeBenchProgress(run.state.value)).toBe('1 of 4: SmolLM2-135M, Q4_0, on the GPU');
    workers[0]?.say({ type: 'row', row: { ...first, figures: FIGURES } });
    workers[0]?.say({ type: 'done' });
    expect(run.state.value).toMatchObject({ phase: 'done', rows: [{ figures: FIGURES }] });
    const copied = JSON.parse(benchAsJson(run.state.value, 'a browser', 8));
    expect(copied).toMatchObject({ processors: 8, rows: [{ type: 'Q4_0', figures: FIGURES }] });
  });

  it('stops at once, keeps what it has and hears nothing more', async () => {
    const { run, workers } = createHarness();
    await run.run();
    workers[0]?.say({ type: 'row', row: { ...first, figures: FIGURES } });
    run.stop();
    workers[0]?.say({ type: 'done' });
    expect(workers[0]?.isStopped).toBe(true);
    expect(run.state.value).toMatchObject({ phase: 'stopped', rows: [{}] });
    await run.run();
    expect(run.state.value).toMatchObject({ phase: 'running', rows: [] });
  });

  it('says why it failed', async () => {
    const { run, workers } = createHarness();
    await run.run();
    workers[0]?.say({ type: 'failed', code: 'no-adapter', message: 'none' });
    expect(run.state.value).toMatchObject({ phase: 'failed', error: { code: 'no-adapter' } });
  });
});

describe('the last result', () => {
  const rowOf = (decodeMsPerBlock: number) =>
    ({ ...first, figures: { ...FIGURES, decodeMsPerBlock } }) as const;
  async function measure(storage: Storage, decodeMsPerBlock: number) {
    const { run, workers } = createHarness(storage);
    await run.run();
    workers[0]?.say({ type: 'row', row: rowOf(decodeMsPerBlock) });
    workers[0]?.say({ type: 'done' });
    return run;
  }

  it('is compared with the next one, beyond what two runs differ by anyway', async () => {
    const storage = createMemoryStorage();
    const firstRun = await measure(storage, 1);
    expect(firstRun.before.value).toEqual({});
    const { before } = await measure(storage, 1.02);
    expect(describeBefore(before.value)).toContain('Last measured');
    const changeOf = (ms: number) => describeRow(rowOf(ms), false, before.value).change;
    expect(changeOf(0.5)).toMatch(/^100% faster than /);
    expect(changeOf(2)).toMatch(/^50% slower than /);
    expect(changeOf(1.03)).toMatch(/^as fast as /);
  });

  it('outlives a run that was stopped and a damaged store', async () => {
    const storage = createMemoryStorage();
    await measure(storage, 1);
    const { run, workers } = createHarness(storage);
    await run.run();
    workers[0]?.say({ type: 'row', row: rowOf(9) });
    run.stop();
    expect(Object.values(createHarness(storage).run.before.value)).toMatchObject([{ decodeMs: 1 }]);
    storage.setItem('manyhands.bench', '{"x":{"decodeMs":-1,"measuredAtMs":0}}');
    expect(createHarness(storage).run.before.value).toEqual({});
  });
});

describe('a row', () => {
  it('tells what a person wants to know', () => {
    expect(describeRow({ ...first, backend: 'wasm', figures: FIGURES })).toMatchObject({
      shape: 'SmolLM2-135M',
      backend: 'Processor',
      decode: '0.5 ms',
      wholeModel: '66.7 tokens/s',
      prefill: '213 tokens/s',
      batch: '1.5×',
      memory: '9 MB',
    });
  });

  it('that could not be measured says why', () => {
    const problem = { code: 'no-adapter', message: 'no adapter' } as const;
    expect(describeRow({ ...first, problem })).toMatchObject({ problem: 'no adapter' });
  });
});
