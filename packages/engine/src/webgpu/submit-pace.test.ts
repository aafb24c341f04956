import { expect, test } from 'vitest';
import { SUBMIT_MS_MAX_GPU, SUBMIT_MS_MAX_SOFTWARE } from '../limits.ts';
import { createSubmitPace } from './submit-pace.ts';

test('comes to what is measured, for each kind of product on its own', () => {
  const pace = createSubmitPace(false);
  const before = pace.estimateMs(1e6, 1);
  for (let i = 0; i < 30; i += 1) pace.learn(1e6, 64, 640);
  expect(pace.estimateMs(2e6, 64)).toBeCloseTo(1280, 0);
  expect(pace.estimateMs(1e6, 32)).toBeCloseTo(320, 0);
  expect(pace.estimateMs(1e6, 1)).toBe(before);
});

test('does not learn from chunks too short to tell, nor from none', () => {
  const pace = createSubmitPace(true);
  const before = pace.estimateMs(1e6, 1);
  pace.learn(1e6, 1, 0.5);
  pace.learn(0, 1, 500);
  expect(pace.estimateMs(1e6, 1)).toBe(before);
});

test('lets a software adapter take longer', () => {
  expect(createSubmitPace(true).submitMsMax).toBe(SUBMIT_MS_MAX_SOFTWARE);
  expect(createSubmitPace(false).submitMsMax).toBe(SUBMIT_MS_MAX_GPU);
});
