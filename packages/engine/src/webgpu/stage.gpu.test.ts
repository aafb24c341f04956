import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  expectCandidates,
  randomTokens,
  referenceLogits,
  session,
  tokenStep,
} from '../acceptance-testing.ts';
import type { Stage, StageRange } from '../stage.ts';
import { stageAcceptance } from '../stage-acceptance.ts';
import { openTestModel, type TestModel } from '../stage-testing.ts';
import { countDevice, type DeviceCounts } from './counting-device-testing.ts';
import { type GpuDevice, requestDevice } from './device.ts';
import { chooseRowsVariant, productFeatures } from './kernels/product-variant.ts';
import { createWebGpuStage, type WebGpuStage, type WebGpuStageOptions } from './stage.ts';

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

const MIB = 2 ** 20;
/** Sums in f32 against doubles, through a few blocks. */
const TOLERANCE = 2e-5;

async function load(
  model: TestModel,
  range: StageRange = model.whole,
  options: Partial<WebGpuStageOptions> = {},
): Promise<WebGpuStage> {
  const all = { memoryBytesMax: 64 * MIB, kvType: 'f32', ...options } as const;
  return await createWebGpuStage(gpu, model.spec(range), model.readTensor, all);
}

stageAcceptance({
  name: 'webgpu',
  numericClass: 'webgpu-f32',
  tolerance: TOLERANCE,
  // In f32 on every adapter: rounded keys and values are measured elsewhere.
  load: (model, range, memoryBytesMax) => load(model, range, { memoryBytesMax, kvType: 'f32' }),
});

test.each(['Q8_0', 'Q4_0', 'F16'] as const)(
  'prefill with tiled mat-muls, %s',
  async (weightType) => {
    const model = await openTestModel(createTinyModel({ blockCount: 2, weightType }));
    const tokens = randomTokens(model, 75);
    const stage = await load(model, model.whole, { hasMatMul: true });
    await stage.openSession('s', session(model.whole));
    const result = await stage.step(tokenStep(tokens, 0, { headRows: 10 }));
    expectCandidates(result, (await referenceLogits(model, tokens)).slice(-10), TOLERANCE);
    stage.dispose();
  },
);

test('a long context is spread over workgroups and gives the same answer', async () => {
  const contextLength = 640;
  const model = await openTestModel(createTinyModel({ blockCount: 1, contextLength }));
  const tokens = randomTokens(model, 600);
  const stage = await load(model, model.whole, { hasSplits: true });
  await stage.openSession('s', session(model.whole, contextLength));
  await stage.step(tokenStep(tokens.slice(0, 598), 0));
  const result = await stage.step(tokenStep(tokens.slice(598), 598, { headRows: 2 }));
  const rows = await referenceLogits(model, tokens);
  expectCandidates(result, rows.slice(-2), TOLERANCE);
  // One more launch than a short context needs.
  await stage.step(tokenStep(tokens.slice(599), 599));
  expect(stage.stats().dispatchCount).toBe(1 + 7 + 2);
  stage.dispose();
});

test('a large vocabulary is gone over in parts on a GPU, for rows of several batches too', async () => {
  const model = await openTestModel(createTinyModel({ blockCount: 1, vocabSize: 9_001 }));
  const tokens = randomTokens(model, 12);
  const stage = await load(model, model.whole, { hasSplits: true });
  await stage.openSession('s', session(model.whole));
  const result = await stage.step(tokenStep(tokens, 0, { headRows: 11 }));
  expectCandidates(result, (await referenceLogits(model, tokens)).slice(-11), TOLERANCE);
  await stage.step(tokenStep(Uint32Array.of(3), 12));
  expect(stage.stats().dispatchCount).toBe(1 + 6 + 3);
  stage.dispose();
});

test('a step is cut into several submissions where one would take too long', async () => {
  const model = await openTestModel(createTinyModel({ blockCount: 3, weightType: 'Q8_0' }));
  const tokens = randomTokens(model, 20);
  const rows = await referenceLogits(model, tokens);
  const submitsOf = async (submitMsMax: number): Promise<number> => {
    const { gpu: watched, counts } = countDevice(gpu);
    const options = { memoryBytesMax: 64 * MIB, submitMsMax };
    const spec = model.spec(model.whole);
    const stage = await createWebGpuStage(watched, spec, model.readTensor, options);
    await stage.openSession('s', session(model.whole));
    const before = counts.submits;
    const result = await stage.step(tokenStep(tokens, 0, { headRows: 10 }));
    expectCandidates(result, rows.slice(-10), TOLERANCE);
    stage.dispose();
    return counts.submits - before;
  };
  expect(await submitsOf(1000)).toBe(1);
  // Every block, every batch of head rows, and the read-back.
  expect(await submitsOf(0)).toBe(3 + 2 + 1);
});

test('matrices larger than a binding are cut and give the same answer', async () => {
  const options = {
    blockCount: 1,
    weightType: 'Q8_0',
    isTied: true,
    architecture: 'qwen2',
  } as const;
  const model = await openTestModel(createTinyModel(options));
  const tokens = randomTokens(model, 12);
  const rows = await referenceLogits(model, tokens);
  // One group of 32 rows of 64 columns: every matrix has as many parts as groups.
  const stage = await load(model, model.whole, { bindingBytesMax: 32 * 17 * 4 });
  await stage.openSession('s', session(model.whole));
  const prefill = await stage.step(tokenStep(tokens.slice(0, 11), 0, { headRows: 11 }));
  expectCandidates(prefill, rows.slice(0, 11), TOLERANCE);
  const decode = await stage.step(tokenStep(tokens.slice(11), 11));
  expectCandidates(decode, rows.slice(11), TOLERANCE);
  expect(stage.stats().dispatchCount).toBeGreaterThan(30);
  stage.dispose();
});

describe('on a watched device', () => {
  let model: TestModel;
  let stage: Stage;
  let counts: DeviceCounts;
  beforeAll(async () => {
    model = await openTestModel(createTinyModel({ blockCount: 3, weightType: 'Q8_0' }));
    const watched = countDevice(gpu);
    counts = watched.counts;
    const options = { memoryBytesMax: 64 * MIB };
    stage = await createWebGpuStage(
      watched.gpu,
      model.spec(model.whole),
      model.readTensor,
      options,
    );
  });
  afterAll(() => {
    stage.dispose();
    expect(counts.bytes).toBe(0);
  });

  test('a decode step is 6 dispatches a block, one embedding, two for the head', async () => {
    await stage.openSession('s', session(model.whole));
    await stage.step(tokenStep(Uint32Array.of(3), 0));
    expect(stage.stats().dispatchCount).toBe(1 + 3 * 6 + 2);
    stage.closeSession('s');
  });

  test('of four sessions together it is as many, and where inputs are packed one more for each', async () => {
    const features = productFeatures(gpu.device, gpu.isFallback);
    const packings = chooseRowsVariant(features) === 'quad' ? 3 * 4 + 1 : 0;
    const ids = ['a', 'b', 'c', 'd'];
    for (const id of ids) await stage.openSession(id, session(model.whole));
    await stage.pass(ids.map((sessionId) => tokenStep(Uint32Array.of(3), 0, { sessionId })));
    expect(stage.stats().dispatchCount).toBe(1 + 3 * 6 + 2 + packings);
    for (const id of ids) stage.closeSession(id);
  });

  test('steps create nothing: no buffer, texture, bind group, shader or pipeline', async () => {
    const ids = ['a', 'b', 'c'];
    for (const id of ids) await stage.openSession(id, session(model.whole));
    const created = () => {
      const { buffers, textures, bindGroups, shaderModules, pipelines } = counts;
      return { buffers, textures, bindGroups, shaderModules, pipelines };
    };
    const before = created();
    await stage.step(tokenStep(randomTokens(model, 150), 0, { sessionId: 'a' }));
    for (let i = 0; i < 4; i += 1) {
      const steps = ids.map((sessionId) => {
        return tokenStep(Uint32Array.of(i), sessionId === 'a' ? 150 + i : i, { sessionId });
      });
      for (const outcome of await stage.pass(steps)) expect(outcome).toHaveProperty('result');
    }
    expect(created()).toEqual(before);
    for (const id of ids) stage.closeSession(id);
  });

  test('all bytes are accounted for', async () => {
    await stage.openSession('s', session(model.whole, 100));
    expect(stage.stats().allocatedBytes).toBe(counts.bytes);
    stage.closeSession('s');
  });
});

describe('a device that refuses more cache', () => {
  const keys = ['one', 'two'];

  test('costs what was kept for reuse first, then a session, never a wrong answer', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 2 }));
    const { gpu: watched, counts } = countDevice(gpu);
    const options = { memoryBytesMax: 64 * MIB };
    const spec = model.spec(model.whole);
    const stage = await createWebGpuStage(watched, spec, model.readTensor, options);
    const tokens = randomTokens(model, 100);
    await stage.openSession('kept', session(model.whole, 128));
    await stage.step(tokenStep(tokens, 0, { sessionId: 'kept' }));
    stage.closeSession('kept', keys);
    const { keptBytes } = stage.stats();
    expect(keptBytes).toBeGreaterThan(0);

    await stage.openSession('a', session(model.whole, 128));
    await stage.step(tokenStep(tokens, 0, { sessionId: 'a' }));
    // From here on no cache may be larger than what two sessions need; the second block's fails too.
    const pageBytes = stage.stats().kvBytes / 4;
    const bytesMax = (8 * pageBytes) / 4;
    counts.refuses = ({ label, bytes }) => label === 'the KV cache' && bytes > bytesMax;
    await stage.openSession('b', session(model.whole, 128));
    await stage.step(tokenStep(tokens, 0, { sessionId: 'b' }));
    expect(stage.stats().keptBytes).toBe(0);

    await expect(stage.openSession('c', session(model.whole, 128))).rejects.toMatchObject({
      code: 'out-of-memory',
    });
    const rows = await referenceLogits(model, Uint32Array.of(...tokens, 7));
    for (const sessionId of ['a', 'b']) {
      const result = await stage.step(tokenStep(Uint32Array.of(7), 100, { sessionId }));
      expectCandidates(result, rows.slice(-1), TOLERANCE);
    }
    stage.dispose();
    expect(counts.bytes).toBe(0);
  });

  test('midway through the blocks keeps what the first ones hold', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 3 }));
    const { gpu: watched, counts } = countDevice(gpu);
    const spec = model.spec(model.whole);
    const options = { memoryBytesMax: 64 * MIB };
    const stage = await createWebGpuStage(watched, spec, model.readTensor, options);
    const tokens = randomTokens(model, 40);
    await stage.openSession('a', session(model.whole, 64));
    await stage.step(tokenStep(tokens, 0, { sessionId: 'a' }));
    let allowed = 3;
    counts.refuses = ({ label }) => {
      if (label === 'the KV cache') allowed -= 1;
      return allowed < 0;
    };
    await expect(stage.openSession('b', session(model.whole, 64))).rejects.toMatchObject({
      code: 'out-of-memory',
    });
    const rows = await referenceLogits(model, Uint32Array.of(...tokens, 9));
    const result = await stage.step(tokenStep(Uint32Array.of(9), 40, { sessionId: 'a' }));
    expectCandidates(result, rows.slice(-1), TOLERANCE);
    counts.refuses = () => false;
    await stage.openSession('b', session(model.whole, 64));
    const again = await stage.step(tokenStep(tokens, 0, { sessionId: 'b' }));
    expectCandidates(again, rows.slice(39, 40), TOLERANCE);
    stage.dispose();
  });
});

test('a device that was lost', async () => {
  const model = await openTestModel(createTinyModel({ blockCount: 1 }));
  const own = await requestDevice();
  const options = { memoryBytesMax: 64 * MIB };
  const lost = await createWebGpuStage(own, model.spec(model.whole), model.readTensor, options);
  await lost.openSession('s', session(model.whole));
  const step = lost.step(tokenStep(randomTokens(model, 64), 0));
  own.destroy();
  await expect(own.lost).resolves.toMatch(/destroyed/);
  await expect(step).rejects.toMatchObject({ code: 'device-lost' });
  await expect(lost.openSession('t', session(model.whole))).rejects.toThrow(/load the stage again/);
});
