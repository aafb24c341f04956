import { describe, expect, it } from 'vitest';
import { HEIGHT_MAX, HEIGHT_MIN, parseFromFrame } from './messages.ts';

describe('a message of the frame', () => {
  it.each([
    { type: 'ready' },
    { type: 'consented' },
    { type: 'stopped' },
    { type: 'served', tokens: 12, texts: 0 },
    { type: 'resized', height: 300 },
  ])('$type is taken', (message) => {
    expect(parseFromFrame({ manyhands: 1, ...message })).toEqual(message);
  });

  it.each([
    undefined,
    null,
    'ready',
    [],
    { type: 'ready' },
    { manyhands: 2, type: 'ready' },
    { manyhands: 1, type: 'ready', text: 'What somebody wrote' },
    { manyhands: 1, type: 'answer' },
    { manyhands: 1, type: 'served', tokens: '12', texts: 0 },
    { manyhands: 1, type: 'served', tokens: 12 },
    { manyhands: 1, type: 'served', tokens: -1, texts: 0 },
    { manyhands: 1, type: 'served', tokens: 1, texts: 0, prompt: 'x' },
    { manyhands: 1, type: 'resized', height: Number.NaN },
    { manyhands: 1, type: 'resized', height: Number.POSITIVE_INFINITY },
    { manyhands: 1, type: 'resized', height: 300, width: 9_000 },
  ])('%j is none', (data) => {
    expect(parseFromFrame(data)).toBeUndefined();
  });

  it('makes the element neither vanish nor fill the page', () => {
    const heightOf = (height: number) => parseFromFrame({ manyhands: 1, type: 'resized', height });
    expect(heightOf(0)).toEqual({ type: 'resized', height: HEIGHT_MIN });
    expect(heightOf(1e9)).toEqual({ type: 'resized', height: HEIGHT_MAX });
  });
});
