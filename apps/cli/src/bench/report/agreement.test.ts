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

it('leaves out what a contender does not tell, up to half of it', () => {
  const ours = [answer(-1, -2, -3, -4)];
  expect(compareAnswers(ours, [answer(-1, null, null, -4.4)]).relative).toBeCloseTo(0.1);
  expect(compareAnswers(ours, [answer(-1, null, null, null)]).relative).toBe(Infinity);
});

it('never agrees with what is missing or not a number', () => {
  const ours = [answer(-1, -4)];
  const unknown = answer(null, null);
  for (const theirs of [[], [unknown], [answer(-1, Number.NaN)], [answer()]]) {
    expect(compareAnswers(ours, theirs).relative).toBe(Number.POSITIVE_INFINITY);
  }
  expect(compareAnswers([], []).relative).toBe(Number.POSITIVE_INFINITY);
});
