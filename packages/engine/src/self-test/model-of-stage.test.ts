import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { expect, test } from 'vitest';
import { openTestModel } from '../stage-testing.ts';
import { distinctBlocks, madeUpStage } from './model-of-stage.ts';

test('a made-up stage has a block for each mix of types, with the heads of the real one', async () => {
  const model = await openTestModel(createTinyModel({ blockCount: 4, weightType: 'Q8_0' }));
  const whole = model.spec(model.whole);
  const tensors = whole.tensors.map((tensor) =>
    tensor.name === 'blk.2.ffn_down.weight' ? { ...tensor, type: 'F16' as const } : tensor,
  );
  const mixed = { ...whole, tensors };
  expect(distinctBlocks(whole)).toEqual([0]);
  expect(distinctBlocks(mixed)).toEqual([0, 2]);
  const sizes = { hiddenSize: 256, ffnSize: 256, vocabSize: 300, blockCount: 2 };
  const { spec } = madeUpStage(mixed, sizes);
  const typeOf = (name: string) => spec.tensors.find((tensor) => tensor.name === name)?.type;
  expect(typeOf('blk.0.ffn_down.weight')).toBe('Q8_0');
  expect(typeOf('blk.1.ffn_down.weight')).toBe('F16');
  expect(typeOf('blk.1.attn_q.weight')).toBe('Q8_0');
  expect(spec.config).toMatchObject({ ...sizes, headDim: model.config.headDim });
});
