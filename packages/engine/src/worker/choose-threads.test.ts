import { describe, expect, it } from 'vitest';
import { chooseThreads } from './choose-threads.ts';

describe('how many threads compute', () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [8, 4],
    [16, 8],
    [128, 8],
  ])('of %i processors %i, by itself', (processorCount, expected) => {
    expect(chooseThreads(undefined, processorCount)).toBe(expected);
  });

  it.each([
    [1, 8, 1],
    [8, 8, 8],
    [64, 8, 8],
    [64, 128, 16],
    [0, 8, 1],
  ])('where a person wants %i of %i: %i', (wanted, processorCount, expected) => {
    expect(chooseThreads(wanted, processorCount)).toBe(expected);
  });
});
