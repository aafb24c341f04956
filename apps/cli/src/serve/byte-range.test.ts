import { describe, expect, it } from 'vitest';
import { chooseRange } from './byte-range.ts';

describe('chooseRange', () => {
  it('reads closed, open and suffix ranges', () => {
    expect(chooseRange('bytes=0-0', 10)).toEqual({ start: 0, end: 1 });
    expect(chooseRange('bytes=3-6', 10)).toEqual({ start: 3, end: 7 });
    expect(chooseRange('bytes=3-', 10)).toEqual({ start: 3, end: 10 });
    expect(chooseRange('bytes=-4', 10)).toEqual({ start: 6, end: 10 });
    expect(chooseRange('bytes=-40', 10)).toEqual({ start: 0, end: 10 });
    expect(chooseRange('bytes=8-400', 10)).toEqual({ start: 8, end: 10 });
  });

  it('refuses ranges beyond the file', () => {
    expect(chooseRange('bytes=10-', 10)).toBe('unsatisfiable');
    expect(chooseRange('bytes=-0', 10)).toBe('unsatisfiable');
    expect(chooseRange('bytes=0-', 0)).toBe('unsatisfiable');
  });

  it('ignores what is no single byte range, as the standard asks', () => {
    for (const header of [undefined, '', 'bytes=-', 'bytes=5-2', 'bytes=0-1,3-4', 'lines=0-1']) {
      expect(chooseRange(header, 10)).toBeUndefined();
    }
  });
});
