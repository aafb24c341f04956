import { BEAT_INTERVAL_MS } from '@manyhands/protocol/limits';
import { expect, test } from 'vitest';
import { createSilence, createSilenceWatch } from './silence.ts';

/** A partner that beats at these gaps, last heard at the time returned. */
function beaten(gapsMs: readonly number[]) {
  const silence = createSilence(0);
  let nowMs = 0;
  for (const gapMs of gapsMs) {
    nowMs += gapMs;
    silence.heard(nowMs, true);
  }
  return { silence, nowMs };
}

test('five missed beats of a regular partner are silence', () => {
  const { silence, nowMs } = beaten(new Array(50).fill(BEAT_INTERVAL_MS));
  expect(silence.isSilent(nowMs + 5 * BEAT_INTERVAL_MS)).toBe(false);
  expect(silence.isSilent(nowMs + 5 * BEAT_INTERVAL_MS + 1)).toBe(true);
});

test('an irregular partner gets more time, but not for ever', () => {
  const { silence, nowMs } = beaten(Array.from({ length: 50 }, (_, i) => (i % 2 ? 500 : 40)));
  expect(silence.isSilent(nowMs + 600)).toBe(false);
  expect(silence.isSilent(nowMs + 2_001)).toBe(true);
});

test('a frame is a sign of life but says nothing about the rhythm', () => {
  const { silence, nowMs } = beaten(new Array(50).fill(BEAT_INTERVAL_MS));
  silence.heard(nowMs + 390, false);
  expect(silence.isSilent(nowMs + 880)).toBe(false);
  expect(silence.isSilent(nowMs + 900)).toBe(true);
});

/** A ticker that a test moves by hand, in the clock's own time. */
function createHandTicker() {
  let listener: ((nowMs: number) => void) | undefined;
  return {
    onTick(next: (nowMs: number) => void) {
      listener = next;
      return () => {
        listener = undefined;
      };
    },
    tick: (nowMs: number) => listener?.(nowMs),
    get isRunning() {
      return listener !== undefined;
    },
  };
}

test('a silence is told once, and nothing ticks when nobody is watched any more', () => {
  const ticker = createHandTicker();
  const silent: string[] = [];
  const watch = createSilenceWatch<string>(ticker, (key) => silent.push(key));
  watch.begin('a');
  const startMs = performance.now();
  const tickTo = (from: number, to: number) => {
    for (let ms = from; ms <= to; ms += BEAT_INTERVAL_MS) ticker.tick(startMs + ms);
  };
  tickTo(0, 600);
  expect(silent).toEqual(['a']);
  watch.end('a');
  expect(ticker.isRunning).toBe(false);
});

test('after our own sleep everybody starts anew', () => {
  const ticker = createHandTicker();
  const silent: string[] = [];
  const watch = createSilenceWatch<string>(ticker, (key) => silent.push(key));
  watch.begin('a');
  const startMs = performance.now();
  ticker.tick(startMs + 100);
  ticker.tick(startMs + 5_100);
  ticker.tick(startMs + 5_200);
  expect(silent).toEqual([]);
  for (let ms = 5_300; ms <= 5_800; ms += BEAT_INTERVAL_MS) ticker.tick(startMs + ms);
  expect(silent).toEqual(['a']);
});
