import { describe, expect, it } from 'vitest';
import { createSpeedGuess } from './speed-guess.ts';

const GIB = 2 ** 30;

describe('createSpeedGuess', () => {
  it('takes a newcomer to be like those who give as much memory', () => {
    const guess = createSpeedGuess();
    expect(guess.of(GIB)).toBeUndefined();
    for (const speed of [10, 40]) guess.count(GIB, speed, 1);
    guess.count(8 * GIB, 900, 1);
    expect(guess.of(1.1 * GIB)).toBeCloseTo(20);
    expect(guess.of(7 * GIB)).toBeCloseTo(900);
    expect(guess.of(64 * GIB)).toBeUndefined();
  });

  it('forgets who left, to the last digit', () => {
    const guess = createSpeedGuess();
    guess.count(GIB, 3, 1);
    guess.count(GIB, 7, 1);
    guess.count(GIB, 3, -1);
    expect(guess.of(GIB)).toBeCloseTo(7);
    guess.count(GIB, 7, -1);
    expect(guess.of(GIB)).toBeUndefined();
    // Half of it is near enough where nobody is nearer.
    guess.count(GIB / 2, 5, 1);
    expect(guess.of(GIB)).toBeCloseTo(5);
  });
});
