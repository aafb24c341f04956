import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createTinyModel } from './tiny-model.ts';

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
