import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stage, StageRange, StepResult } from '../stage.ts';
import { openTestModel, type TestModel } from '../stage-testing.ts';
import { type GpuDevice, requestDevice } from '../webgpu/device.ts';
import { createWebGpuStage } from '../webgpu/stage.ts';
import { type LoadStage, selfTest } from './self-test.ts';

let gpu: GpuDevice;
let model: TestModel;
beforeAll(async () => {
  gpu = await requestDevice();
  model = await openTestModel(createTinyModel({ architecture: 'qwen3', weightType: 'Q8_0' }));
});
afterAll(() => gpu.destroy());

const load: LoadStage = (spec, readTensor) =>
  createWebGpuStage(gpu, spec, readTensor, { memoryBytesMax: 64 * 2 ** 20 });

const RANGES: [string, StageRange][] = [
  ['the whole model', { firstBlock: 0, endBlock: 2, embeds: true, heads: true }],
  ['a block in the middle', { firstBlock: 1, endBlock: 2, embeds: false, heads: false }],
  ['a head alone', { firstBlock: 2, endBlock: 2, embeds: false, heads: true }],
];

/** A device whose results of `rowCount` rows are off in one place. */
function faulty(rowCount: number, spoil: (result: StepResult) => void): LoadStage {
  return async (spec, readTensor) => {
    const stage = await load(spec, readTensor);
    const step: Stage['step'] = async (request) => {
      const result = await stage.step(request);
      if (request.tokenCount === rowCount) spoil(result);
      return result;
    };
    return { ...stage, step };
  };
}

describe.each(RANGES)('%s', (_, range) => {
  test('passes where numbers are right', async () => {
    await selfTest(model.spec(range), load);
  });

  test.each([1, 5, 40])('fails where one number of a step of %i rows is wrong', async (rows) => {
    const spoil = ({ hidden, candidates }: StepResult): void => {
      const numbers = hidden ?? candidates?.logits ?? new Float32Array();
      numbers[numbers.length - 1] = (numbers.at(-1) ?? 0) + Math.max(...numbers) / 10;
    };
    await expect(selfTest(model.spec(range), faulty(rows, spoil))).rejects.toMatchObject({
      code: 'self-test-failed',
    });
  });
});

test('fails where a result is NaN', async () => {
  const spoil = ({ candidates }: StepResult): void => {
    candidates?.logits.fill(Number.NaN);
  };
  await expect(selfTest(model.spec(model.whole), faulty(1, spoil))).rejects.toMatchObject({
    code: 'self-test-failed',
  });
});
