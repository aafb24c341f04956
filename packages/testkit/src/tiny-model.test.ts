import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createTinyModel } from './tiny-model.ts';
import { tinyVocabulary } from './tiny-vocabulary.ts';

test('the same options and seed give the same bytes, another seed does not', () => {
  const digest = (seed: number) =>
    createHash('sha256').update(createTinyModel({ seed })).digest('hex');
  expect(digest(7)).toBe(digest(7));
  expect(digest(7)).not.toBe(digest(8));
});

test('quantised weights take less room and need whole blocks', () => {
  const size = (weightType: 'F32' | 'F16' | 'Q8_0' | 'Q4_0') =>
    createTinyModel({ weightType }).length;
  expect(size('F16')).toBeLessThan(size('F32'));
  expect(size('Q8_0')).toBeLessThan(size('F16'));
  expect(size('Q4_0')).toBeLessThan(size('Q8_0'));
  expect(() => createTinyModel({ weightType: 'Q4_0', hiddenSize: 48 })).toThrow(RangeError);
});

test('a vocabulary may be as large as that of a large model', () => {
  const fields = new Map(tinyVocabulary(30_000, 20_000));
  const texts = (key: string): string[] => {
    const field = fields.get(`tokenizer.ggml.${key}`);
    if (field?.type !== 'array') throw new Error(`There is no list of ${key}.`);
    return field.items.flatMap((item) => (item.type === 'string' ? item.value : []));
  };
  const known = new Set(texts('tokens'));
  const merges = new Set(texts('merges'));
  expect([known.size, merges.size]).toEqual([30_000, 20_000]);
  const sides = [...merges].flatMap((merge) => [...merge.split(' '), merge.replace(' ', '')]);
  expect(sides.filter((side) => !known.has(side))).toEqual([]);
});
