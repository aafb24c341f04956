import { expect, it } from 'vitest';
import { compareAnswers } from './agreement.ts';

const answer = (...logProbs: (number | null)[]) => ({
  tokenIds: logProbs.map((_, i) => i),
  logProbs,
  likeliest: 0,
});

it('measures the largest difference against the largest number', () => {
  const found = compareAnswers(
    [answer(-1, -4), answer(-2, -3)],
    [answer(-1.1, -4), answer(-2, -3.2)],
  );
  expect(found.absolute).toBeCloseTo(0.2);
  expect(found.relative).toBeCloseTo(0.05);
  expect(found).toMatchObject({ sameLikeliest: 2, answers: 2 });
});

it('never agrees with what is missing or not a number', () => {
  const ours = [answer(-1, -4)];
  for (const theirs of [[], [answer(-1, null)], [answer(-1, Number.NaN)], [answer(-1)]]) {
    expect(compareAnswers(ours, theirs).relative).toBe(Number.POSITIVE_INFINITY);
  }
  expect(compareAnswers([], []).relative).toBe(Number.POSITIVE_INFINITY);
});
