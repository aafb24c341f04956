import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  expectCandidates,
  randomTokens,
  referenceLogits,
  session,
  tokenStep,
} from '../acceptance-testing.ts';
import { openTestModel } from '../stage-testing.ts';
import { countDevice } from './counting-device-testing.ts';
import { type GpuDevice, requestDevice } from './device.ts';
import { createWebGpuStage } from './stage.ts';
import { createMemoryTuningStore, tuningKey } from './tuning.ts';

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

const MIB = 2 ** 20;
const TOLERANCE = 2e-5;

test('tunes between steps, remembers what it found, and gives the same answers', async () => {
  const options = { blockCount: 1, weightType: 'Q8_0', isTied: true } as const;
  const model = await openTestModel(createTinyModel(options));
  const tokens = randomTokens(model, 20);
  const rows = await referenceLogits(model, tokens);
  const tuningStore = createMemoryTuningStore();
  const given = { memoryBytesMax: 64 * MIB, hasMatMul: true, tuningStore };
  const spec = model.spec(model.whole);
  const stage = await createWebGpuStage(gpu, spec, model.readTensor, given);
  await stage.openSession('s', session(model.whole));
  const tuning = stage.tune();
  const meanwhile = await stage.step(tokenStep(tokens.slice(0, 12), 0));
  expectCandidates(meanwhile, rows.slice(11, 12), TOLERANCE);
  const choices = await tuning;
  expect(Object.keys(choices).some((key) => key.startsWith('mat_mul Q8_0'))).toBe(true);
  expect(await tuningStore.read(tuningKey(gpu.info))).toEqual(choices);
  const after = await stage.step(tokenStep(tokens.slice(12), 12));
  expectCandidates(after, rows.slice(19), TOLERANCE);
  stage.dispose();
  const again = await createWebGpuStage(gpu, spec, model.readTensor, given);
  expect(await again.tune()).toEqual(choices);
  again.dispose();
});

test('a second stage on a device compiles nothing that the first one did', async () => {
  const { gpu: watched, counts } = countDevice(gpu);
  const options = { memoryBytesMax: 64 * MIB };
  const model = await openTestModel(createTinyModel({ blockCount: 2, weightType: 'Q8_0' }));
  const first = await createWebGpuStage(
    watched,
    model.spec(model.whole),
    model.readTensor,
    options,
  );
  const { pipelines } = counts;
  expect(pipelines).toBeGreaterThan(0);
  const again = await createWebGpuStage(
    watched,
    model.spec(model.whole),
    model.readTensor,
    options,
  );
  expect(counts.pipelines).toBe(pipelines);
  first.dispose();
  again.dispose();
});

test('each measurement waits for its turn, and a refusal ends tuning without harm', async () => {
  const options = { blockCount: 1, weightType: 'Q8_0', isTied: true } as const;
  const model = await openTestModel(createTinyModel(options));
  const given = { memoryBytesMax: 64 * MIB, hasMatMul: true };
  const spec = model.spec(model.whole);
  const stage = await createWebGpuStage(gpu, spec, model.readTensor, given);
  let turns = 0;
  const refused = stage.tune(async (run) => {
    turns += 1;
    if (turns === 3) throw new Error('no more');
    return await run();
  });
  await expect(refused).rejects.toThrow('no more');
  expect(turns).toBe(3);
  const tokens = randomTokens(model, 12);
  await stage.openSession('s', session(model.whole));
  const result = await stage.step(tokenStep(tokens, 0));
  expectCandidates(result, (await referenceLogits(model, tokens)).slice(-1), TOLERANCE);
  stage.dispose();
});
