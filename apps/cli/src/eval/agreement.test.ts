import { describe, expect, it } from 'vitest';
import { findDisagreements, shiftBetween } from './agreement.ts';

const reference = {
  text: 'x',
  tokens: [1],
  greedy: [5, 6, 7, 8],
  gap: [1, 1, 0.05, 1],
  top: [
    [
      [5, 0.7],
      [9, 0.2],
      [3, 0.0005],
    ],
    [[6, 0.9]],
  ] as [number, number][][],
};
const same = { greedy: reference.greedy, top: reference.top };

describe('findDisagreements', () => {
  it('finds none in the reference itself', () => {
    expect(findDisagreements(reference, same, 0.1)).toEqual([]);
  });

  it('lets tokens differ from a near tie on, and not before', () => {
    expect(findDisagreements(reference, { ...same, greedy: [5, 6, 0, 0] }, 0.1)).toEqual([]);
    expect(findDisagreements(reference, { ...same, greedy: [5, 6, 0, 0] }, 0.02)).toHaveLength(1);
    expect(findDisagreements(reference, { ...same, greedy: [5, 0, 7, 8] }, 0.1)).toHaveLength(1);
    expect(findDisagreements(reference, { ...same, greedy: [5] }, 0.1)).toHaveLength(1);
  });

  it('compares log-probabilities of likely tokens only', () => {
    const top = (nine: number) => [
      [
        [5, 0.7],
        [9, nine],
      ] as [number, number][],
      [[6, 0.9]] as [number, number][],
    ];
    expect(findDisagreements(reference, { ...same, top: top(0.215) }, 0.1)).toEqual([]);
    expect(findDisagreements(reference, { ...same, top: top(0.22) }, 0.1)).toHaveLength(1);
    expect(findDisagreements(reference, { ...same, top: [[[5, 0.7]], [[6, 0.9]]] }, 0.1)).toEqual([
      'position 0: token 9 is not among the likeliest',
    ]);
  });
});

describe('shiftBetween', () => {
  it('tells the largest and the mean change of likely tokens', () => {
    expect(shiftBetween(same, same)).toEqual({ most: 0, mean: 0 });
    const top = [[[5, 0.7 * Math.E ** 0.1] as const, [9, 0.2] as const], [[6, 0.9] as const]];
    const { most, mean } = shiftBetween(same, { greedy: same.greedy, top });
    expect(most).toBeCloseTo(0.1);
    expect(mean).toBeCloseTo(0.1 / 3);
  });

  it('looks no further than the first token that differs, and misses no token that vanished', () => {
    const other = { greedy: [4, 6, 7, 8], top: [same.top[0] ?? [], []] };
    expect(shiftBetween(same, other).most).toBe(0);
    expect(shiftBetween(same, { ...other, greedy: same.greedy }).most).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
