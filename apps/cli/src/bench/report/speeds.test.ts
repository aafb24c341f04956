import { expect, it } from 'vitest';
import { extrapolate, median, perBlockSpeeds, speedsOf } from './speeds.ts';

it('takes the middle, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

it('keeps a prefill without samples unknown', () => {
  const prefill = [
    { tokenCount: 64, samplesMs: [5, 7, 6] },
    { tokenCount: 512, samplesMs: [] },
  ];
  expect(speedsOf({ firstPrefillMs: 9, decodeMs: [2, 4], prefill })).toEqual({
    decodeMs: 3,
    prefill: [
      { tokenCount: 64, ms: 6 },
      { tokenCount: 512, ms: null },
    ],
  });
});

it('adds a block at its price for every one that was not run', () => {
  const blocks = { decodeMs: 4, prefill: [{ tokenCount: 64, ms: 40 }] };
  const perBlock = perBlockSpeeds(blocks, 2);
  const measured = {
    decodeMs: 10,
    prefill: [
      { tokenCount: 64, ms: 50 },
      { tokenCount: 512, ms: 400 },
    ],
  };
  // Ends of 6 and 10 ms.
  expect(extrapolate(measured, perBlock, 2, 30)).toEqual({
    decodeMs: 6 + 30 * 2,
    prefill: [
      { tokenCount: 64, ms: 10 + 30 * 20 },
      { tokenCount: 512, ms: null },
    ],
  });
});
