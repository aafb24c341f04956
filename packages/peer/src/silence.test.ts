import { BEAT_INTERVAL_MS } from '@manyhands/protocol/limits';
import { expect, test } from 'vitest';
import { createSilence, hasSlept } from './silence.ts';

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

test('four missed beats of a regular partner are silence', () => {
  const { silence, nowMs } = beaten(new Array(50).fill(BEAT_INTERVAL_MS));
  expect(silence.isSilent(nowMs + 4 * BEAT_INTERVAL_MS)).toBe(false);
  expect(silence.isSilent(nowMs + 4 * BEAT_INTERVAL_MS + 1)).toBe(true);
});

test('an irregular partner gets more time, but not for ever', () => {
  const { silence, nowMs } = beaten(Array.from({ length: 50 }, (_, i) => (i % 2 ? 500 : 40)));
  expect(silence.isSilent(nowMs + 600)).toBe(false);
  expect(silence.isSilent(nowMs + 2_001)).toBe(true);
});

test('a frame is a sign of life but says nothing about the rhythm', () => {
  const { silence, nowMs } = beaten(new Array(50).fill(BEAT_INTERVAL_MS));
  silence.heard(nowMs + 390, false);
  expect(silence.isSilent(nowMs + 700)).toBe(false);
  expect(silence.isSilent(nowMs + 800)).toBe(true);
});

test('after our own sleep everybody starts anew', () => {
  const { silence, nowMs } = beaten(new Array(50).fill(BEAT_INTERVAL_MS));
  expect(hasSlept(nowMs, nowMs + 5_000)).toBe(true);
  expect(hasSlept(nowMs, nowMs + BEAT_INTERVAL_MS)).toBe(false);
  expect(hasSlept(undefined, nowMs)).toBe(false);
  silence.forgive(nowMs + 5_000);
  expect(silence.isSilent(nowMs + 5_300)).toBe(false);
  expect(silence.isSilent(nowMs + 5_500)).toBe(true);
});
