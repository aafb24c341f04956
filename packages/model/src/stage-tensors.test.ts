import { createTinyModel, type TinyModelOptions } from '@manyhands/testkit/tiny-model';
import { expect, test } from 'vitest';
import { readConfig } from './gguf/read-config.ts';
import { readGguf } from './gguf/read-gguf.ts';
import { memorySource } from './memory-source.ts';
import { type StageTensorRange, stageBytes, stageTensors } from './stage-tensors.ts';

async function model(options: TinyModelOptions = {}) {
  const header = await readGguf(memorySource(createTinyModel(options)));
  const { tensors } = header;
  const config = readConfig(header);
  return {
    tensors,
    names: (range: StageTensorRange) =>
      stageTensors(config, tensors, range).map((tensor) => tensor.name),
    bytes: (range: StageTensorRange) => stageBytes(config, tensors, range),
    config,
  };
}

const stage = (firstBlock: number, endBlock: number, ends: Partial<StageTensorRange> = {}) => ({
  firstBlock,
  endBlock,
  embeds: false,
  heads: false,
  ...ends,
});

test('a middle stage has its blocks in a fixed order and nothing else', async () => {
  const { names } = await model({ blockCount: 3 });
  expect(names(stage(1, 2))).toEqual([
    'blk.1.attn_norm.weight',
    'blk.1.attn_q.weight',
    'blk.1.attn_k.weight',
    'blk.1.attn_v.weight',
    'blk.1.attn_output.weight',
    'blk.1.ffn_norm.weight',
    'blk.1.ffn_gate.weight',
    'blk.1.ffn_up.weight',
    'blk.1.ffn_down.weight',
  ]);
});

test.each(['llama', 'qwen2', 'qwen3'] as const)(
  'stages of a %s share it out',
  async (architecture) => {
    const { names, bytes, tensors } = await model({ architecture, blockCount: 4 });
    const stages = [
      stage(0, 1, { embeds: true }),
      stage(1, 3),
      stage(3, 4),
      stage(4, 4, { heads: true }),
    ];
    expect(stages.flatMap(names).toSorted()).toEqual(tensors.map(({ name }) => name).toSorted());
    const total = tensors.reduce((sum, tensor) => sum + tensor.byteLength, 0);
    expect(stages.map(bytes).reduce((sum, size) => sum + size)).toBe(total);
    expect(bytes(stage(0, 4, { embeds: true, heads: true }))).toBe(total);
  },
);

test('a tied head brings the embedding, once', async () => {
  const { names } = await model({ isTied: true, blockCount: 1 });
  expect(names(stage(1, 1, { heads: true }))).toEqual(['token_embd.weight', 'output_norm.weight']);
  const whole = names(stage(0, 1, { embeds: true, heads: true }));
  expect(whole.filter((name) => name === 'token_embd.weight')).toHaveLength(1);
  expect(new Set(whole).size).toBe(whole.length);
});

test('rotation factors go to every stage that has blocks', async () => {
  const { names } = await model({ hasRopeFactors: true, blockCount: 2 });
  expect(names(stage(0, 1))[0]).toBe('rope_freqs.weight');
  expect(names(stage(1, 2))[0]).toBe('rope_freqs.weight');
  expect(names(stage(0, 0, { embeds: true }))).toEqual(['token_embd.weight']);
});

test('ranges outside the model and missing tensors are refused', async () => {
  const { names, config, tensors } = await model({ blockCount: 2 });
  for (const [first, end] of [
    [-1, 1],
    [1, 3],
    [2, 1],
    [Number.NaN, 1],
  ] as const) {
    expect(() => names(stage(first, end))).toThrowError(/are not within the model/);
  }
  expect(() => stageTensors(config, tensors.slice(0, 3), stage(0, 2))).toThrowError(
    expect.objectContaining({ code: 'missing-tensor' }),
  );
});
