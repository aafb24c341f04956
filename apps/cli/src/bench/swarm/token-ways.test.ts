import { describe, expect, it } from 'vitest';
import { divideTrip } from './token-ways.ts';

describe('the way of a token', () => {
  it('is the stages, and one link more than there are stages', () => {
    expect(divideTrip(36, [11, 13])).toEqual({ turnaroundMs: 12, linkMs: 4 });
    expect(divideTrip(12, [11])).toEqual({ turnaroundMs: 11, linkMs: 0.5 });
  });
});
