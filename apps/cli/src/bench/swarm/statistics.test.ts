import { describe, expect, it } from 'vitest';
import { gapsOf, quantile, slopeOf } from './statistics.ts';

describe('statistics', () => {
  it('take the sample below which a share lies', () => {
    expect(quantile([9, 1, 5], 0.5)).toBe(5);
    expect(quantile([3, 1, 2, 4], 1)).toBe(4);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('measure gaps between neighbours', () => {
    expect(gapsOf([1, 4, 9])).toEqual([3, 5]);
    expect(gapsOf([1])).toEqual([]);
  });

  it('fit a line through points', () => {
    expect(
      slopeOf([
        [1, 12],
        [2, 23],
        [3, 34],
      ]),
    ).toBeCloseTo(11);
    expect(
      slopeOf([
        [0, 5],
        [1, 5],
        [2, 5],
      ]),
    ).toBe(0);
  });
});
