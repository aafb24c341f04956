import { describe, expect, it } from 'vitest';
import { WAKE_BEAT_MS, WAKE_BEATS_MIN, WAKE_GAP_MS, WAKE_LATE_MS_MAX } from '../limits.ts';
import { createWakefulness } from './wakefulness.ts';

/** A clock and a timer that the test moves; `late` is how much later than asked the timer fires. */
function setUp() {
  const target = new EventTarget();
  let nowMs = 0;
  let timer: { callback: () => void; delayMs: number } | undefined;
  const seen: boolean[] = [];
  const watch = createWakefulness({
    document: target as unknown as Document,
    nowMs: () => nowMs,
    setTimer: (callback, delayMs) => {
      timer = { callback, delayMs };
      return () => {
        timer = undefined;
      };
    },
  });
  const stop = watch((isAwake) => seen.push(isAwake));
  const beat = (lateMs = 0): void => {
    const due = timer;
    if (due === undefined) throw new Error('No timer runs.');
    nowMs += due.delayMs + lateMs;
    due.callback();
  };
  const isWatching = () => timer !== undefined;
  return { target, seen, beat, stop, isWatching };
}

const times = (count: number, run: () => void) => Array.from({ length: count }).forEach(run);

describe('wakefulness', () => {
  it('says nothing of a page that runs, even if it is busy', () => {
    const { seen, beat } = setUp();
    times(10, () => beat(WAKE_GAP_MS));
    expect(seen).toEqual([]);
  });

  it('takes a gap for a freeze, and believes only several beats on time', () => {
    const { seen, beat } = setUp();
    beat(WAKE_GAP_MS + 1);
    expect(seen).toEqual([false]);
    times(WAKE_BEATS_MIN - 1, beat);
    beat(WAKE_LATE_MS_MAX + 1);
    times(WAKE_BEATS_MIN - 1, beat);
    expect(seen).toEqual([false]);
    beat();
    expect(seen).toEqual([false, true]);
    expect(WAKE_BEAT_MS).toBeGreaterThan(WAKE_LATE_MS_MAX);
  });

  it('is asleep with the last event before a freeze, until proven otherwise', () => {
    const { target, seen, beat } = setUp();
    target.dispatchEvent(new Event('freeze'));
    target.dispatchEvent(new Event('freeze'));
    expect(seen).toEqual([false]);
    beat(60_000);
    times(WAKE_BEATS_MIN, beat);
    expect(seen).toEqual([false, true]);
  });

  it('listens no more once it was ended', () => {
    const { target, seen, stop, isWatching } = setUp();
    stop();
    expect(isWatching()).toBe(false);
    target.dispatchEvent(new Event('freeze'));
    expect(seen).toEqual([]);
  });
});
