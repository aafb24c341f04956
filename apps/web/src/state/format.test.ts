import { describe, expect, it } from 'vitest';
import {
  formatBlockList,
  formatBlocks,
  formatBytes,
  formatDuration,
  formatPeerId,
  formatTokenRate,
} from './format.ts';

describe('numbers for people', () => {
  it('writes bytes in decimal units and never as 1,000 of one', () => {
    expect([0, 999, 1_000, 7_532_160, 999_960, 1_321_083_008].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1 kB',
      '7.5 MB',
      '1 MB',
      '1.3 GB',
    ]);
  });

  it('writes durations in the unit one would say', () => {
    expect([0, 312, 1_449, 59_960, 125_000, 3_840_000].map(formatDuration)).toEqual([
      '0 ms',
      '312 ms',
      '1.4 s',
      '1 min 0 s',
      '2 min 5 s',
      '1 h 4 min',
    ]);
    expect(formatDuration(Number.POSITIVE_INFINITY)).toBe('–');
  });

  it('writes rates', () => {
    expect(formatTokenRate(12.34)).toBe('12.3 tokens/s');
    expect(formatTokenRate(1_234.5)).toBe('1,235 tokens/s');
  });

  it('names block ranges by their first and last index', () => {
    expect([formatBlocks(0, 4), formatBlocks(7, 8)]).toEqual(['blocks 0–3', 'block 7']);
    expect(formatBlockList([1, 2, 5])).toBe('blocks 1–2, 5');
    expect(formatBlockList([5])).toBe('block 5');
    expect(formatBlockList([0, 2, 4], 2)).toBe('blocks 0, 2 and more');
  });

  it('shortens peer ids so that tabs of one browser stay apart', () => {
    expect(formatPeerId('abcdefghijklmnopqrstuv.12345678901')).toBe('abcd·123');
  });
});
