import { createManifest } from '@manyhands/model/manifest-create';
import { manifestRoot } from '@manyhands/model/manifest-root';
import { memorySource } from '@manyhands/model/memory-source';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createReferenceCache, forward } from '../reference/forward.ts';
import { openTestModel, type TestModel } from '../stage-testing.ts';
import { relativeError } from '../webgpu/kernel-testing.ts';
import { createEngine, type EngineHandle } from './create-engine.ts';
import type { LoadedStage, LoadProgress, LoadStageOptions, TuningReport } from './engine-api.ts';

const engines: EngineHandle[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.terminate();
});

function start(): EngineHandle {
  const engine = createEngine();
  engines.push(engine);
  return engine;
}

interface Served {
  readonly model: TestModel;
  readonly options: LoadStageOptions;
}

/** Blob URLs answer Range requests, so the worker loads over `fetch` as it does from a relay. */
async function serve(bytes: Uint8Array<ArrayBuffer>): Promise<Served> {
  const model = await openTestModel(bytes);
  const manifest = await createManifest(memorySource(bytes));
  const options: LoadStageOptions = {
    ...model.whole,
    modelRoot: await manifestRoot(manifest),
    manifestUrl: URL.createObjectURL(new Blob([JSON.stringify(manifest)])),
    sourceUrls: [URL.createObjectURL(new Blob([bytes]))],
    memoryBytesMax: 64 * 2 ** 20,
    backend: 'webgpu',
    activations: 'f32',
    gpuShare: 1,
  };
  return { model, options };
}

/** For what does not depend on the device: a software adapter compiles for many seconds. */
const onProcessor = (options: LoadStageOptions): LoadStageOptions => ({
  ...options,
  backend: 'wasm',
});

let served: Served;
beforeAll(async () => {
  served = await serve(createTinyModel({ blockCount: 2, weightType: 'Q8_0' }));
});

const session = (positionsMax = 32) => ({ ...served.model.whole, positionsMax });
const step = (tokenIds: Uint32Array<ArrayBuffer>, position: number) => ({
  sessionId: 's',
  position,
  tokenCount: tokenIds.length,
  tokenIds,
  headRows: 1,
});

test('reports the adapter without allocating anything', async () => {
  const report = await start().probe();
  expect(report.adapter?.bindingBytesMax).toBeGreaterThan(2 ** 26);
  expect(typeof report.adapter?.isFallback).toBe('boolean');
  expect(report.wasm).toMatch(/^(plain|relaxed)$/);
});

describe('a loaded stage', () => {
  /** One load for the tests that leave it as it was: a load compiles for seconds. */
  const engine = createEngine();
  const progress: LoadProgress[] = [];
  let loaded: LoadedStage;
  beforeAll(async () => {
    loaded = await engine.loadStage(served.options, (each) => progress.push(each));
  });
  afterAll(() => engine.terminate());

  test('answers as the reference does, moves buffers and reports its load', async () => {
    expect(loaded).toMatchObject({ firstBlock: 0, endBlock: 2, numericClass: 'webgpu-f32' });
    expect(loaded.msPerBlock).toBeGreaterThan(0);
    const expected = ['manifest', 'choose', 'test', 'weights', 'compile', 'measure', 'ready'];
    // Progress has a message port of its own, which the answer may overtake.
    await expect.poll(() => [...new Set(progress.map(({ phase }) => phase))]).toEqual(expected);
    expect(progress.at(-1)?.loadedBytes).toBe(progress.at(-1)?.totalBytes);

    await engine.openSession('s', session());
    const larger = Uint32Array.of(9, 3, 1, 4, 9);
    const result = await engine.step(step(larger.subarray(1, 4), 0));
    expect(larger.length).toBe(5);
    const own = Uint32Array.of(5);
    const next = await engine.step(step(own, 3));
    expect(own.length).toBe(0);

    const reference = await served.model.reference();
    const tokenIds = [3, 1, 4, 5];
    const range = served.model.whole;
    const cache = createReferenceCache();
    const rows = forward(reference, { range, cache, position: 0, tokenIds });
    for (const [answer, row] of [
      [result, rows[2]],
      [next, rows[3]],
    ] as const) {
      const ids = [...(answer.candidates?.tokenIds ?? [])];
      const expected = ids.map((id) => row?.[id] as number);
      expect(relativeError(answer.candidates?.logits ?? [], expected)).toBeLessThan(2e-5);
    }
    await engine.closeSession('s');
    expect(await engine.stats()).toMatchObject({ sessionCount: 0, kvBytes: 0 });
  });

  test('lets sessions share passes, and takes over what an ended one computed', async () => {
    const ids = ['a', 'b', 'c'];
    for (const id of ids) await engine.openSession(id, session(64), ['k']);
    const inputs = ids.map((_, i) =>
      Uint32Array.from({ length: 33 }, (_, at) => (at * 7 + i) % 200),
    );
    const answers = await Promise.all(
      inputs.map((tokenIds, i) =>
        engine.step({ ...step(tokenIds.slice(), 0), sessionId: ids[i] ?? '' }),
      ),
    );
    for (const id of ids) await engine.closeSession(id, id === 'a' ? ['k'] : []);
    expect(await engine.openSession('s', session(64), ['k'])).toEqual({ reusedPositions: 32 });
    const last = inputs[0]?.slice(32) as Uint32Array<ArrayBuffer>;
    answers.push(await engine.step(step(last, 32)));
    await engine.closeSession('s');

    const reference = await served.model.reference();
    for (const [i, { candidates }] of answers.entries()) {
      const tokenIds = [...(inputs[i % 3] as Uint32Array)];
      const cache = createReferenceCache();
      const rows = forward(reference, { range: served.model.whole, cache, position: 0, tokenIds });
      const expected = [...(candidates?.tokenIds ?? [])].map((id) => rows[32]?.[id] as number);
      expect(relativeError(candidates?.logits ?? [], expected)).toBeLessThan(2e-5);
    }
  });

  test('keeps to its share of the time', async () => {
    await engine.openSession('s', session());
    const time = async () => {
      const startedAt = performance.now();
      for (let position = 0; position < 12; position += 1) {
        await engine.step(step(Uint32Array.of(1), position));
      }
      return performance.now() - startedAt;
    };
    await time();
    const full = await time();
    await engine.setGpuShare(0.2);
    expect(await time()).toBeGreaterThan(2 * full);
    await expect(engine.setGpuShare(2)).rejects.toMatchObject({ name: 'EngineError' });
    await engine.setGpuShare(1);
    await engine.closeSession('s');
  });

  test('refuses with codes that cross the worker', async () => {
    await expect(engine.step(step(Uint32Array.of(1), 0))).rejects.toMatchObject({
      name: 'EngineError',
      code: 'unknown-session',
    });
    await expect(engine.openSession('s', session(10_000))).rejects.toMatchObject({
      code: 'bad-step',
    });
  });
});

describe('an engine', () => {
  test('gives up tuning when it is unloaded; loaded again, it tunes once it serves', async () => {
    const engine = start();
    await expect(engine.whenTuned()).rejects.toMatchObject({ code: 'disposed' });
    await engine.loadStage(served.options, () => {});
    await expect(engine.loadStage(served.options, () => {})).rejects.toMatchObject({
      code: 'bad-step',
    });
    const givenUp = engine.whenTuned();
    await engine.unload();
    expect(await givenUp).toMatchObject({ choices: {}, problem: { code: 'disposed' } });
    await expect(engine.stats()).rejects.toMatchObject({ name: 'EngineError', code: 'disposed' });

    await engine.loadStage({ ...served.options, endBlock: 1, heads: false }, () => {});
    const ended: TuningReport[] = [];
    const tuned = engine.whenTuned().then((report) => ended.push(report));
    await engine.openSession('s', { ...session(), endBlock: 1, heads: false });
    // The worker answers in order: had tuning not waited for a pass, it would have ended by now.
    expect(ended).toEqual([]);
    const { hidden } = await engine.step({ ...step(Uint32Array.of(2, 3), 0), headRows: 0 });
    expect(hidden?.length).toBe(2 * 64);
    await tuned;
    expect(ended).toEqual([{ choices: expect.any(Object) }]);
    await engine.step({ ...step(Uint32Array.of(2), 2), headRows: 0 });
  });

  test('takes another share while it loads', async () => {
    const engine = start();
    await expect(engine.setGpuShare(0.5)).rejects.toMatchObject({ code: 'disposed' });
    const loading = engine.loadStage(onProcessor(served.options), () => {});
    await engine.setGpuShare(0.5);
    await loading;
  });
});

describe('failures cross the worker with their codes', () => {
  test('of the model: another manifest, damaged weights', async () => {
    const engine = start();
    const modelRoot = '0'.repeat(64);
    await expect(
      engine.loadStage({ ...served.options, modelRoot }, () => {}),
    ).rejects.toMatchObject({ name: 'ModelError', code: 'hash-mismatch' });
    const bytes = createTinyModel({ blockCount: 1, seed: 77 });
    const { options } = await serve(bytes);
    bytes[bytes.length - 100] = (bytes.at(-100) as number) ^ 1;
    const sourceUrls = [URL.createObjectURL(new Blob([bytes]))];
    await expect(
      engine.loadStage({ ...onProcessor(options), sourceUrls }, () => {}),
    ).rejects.toMatchObject({
      name: 'ModelError',
      code: 'hash-mismatch',
    });
  });

  test('unload cancels a load that is under way', async () => {
    const engine = start();
    const { options } = await serve(createTinyModel({ blockCount: 1, seed: 78 }));
    const { promise, resolve } = createProgressGate();
    const load = engine.loadStage(onProcessor(options), ({ phase }) => {
      if (phase === 'weights') resolve();
    });
    const failed = expect(load).rejects.toMatchObject({ code: 'disposed' });
    await promise;
    await engine.unload();
    await failed;
    await engine.loadStage(onProcessor(options), () => {});
  });

  test('terminating rejects what waits', async () => {
    const engine = start();
    const lost = engine.whenLost();
    engine.terminate();
    await expect(lost).rejects.toMatchObject({ code: 'disposed' });
  });
});

function createProgressGate() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
