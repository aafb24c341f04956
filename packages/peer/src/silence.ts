import { BEAT_INTERVAL_MS } from '@manyhands/protocol/limits';
import { SILENCE_BEATS, SILENCE_MS_MAX } from './limits.ts';

/** How long a partner has said nothing, against how regularly it used to. */
export interface Silence {
  heard(nowMs: number, isBeat: boolean): void;
  isSilent(nowMs: number): boolean;
  /** We slept ourselves: what was missed meanwhile is nobody's fault. */
  forgive(nowMs: number): void;
}

/**
 * Four missed beats are silence, or more where beats come irregularly: the mean gap and four
 * deviations, as TCP does for its retransmissions (RFC 6298), because a busy machine is not a dead one.
 */
export function createSilence(startMs: number): Silence {
  let heardMs = startMs;
  let beatMs = startMs;
  let meanMs = BEAT_INTERVAL_MS;
  let deviationMs = BEAT_INTERVAL_MS / 2;
  return {
    heard(nowMs, isBeat) {
      heardMs = nowMs;
      if (!isBeat) return;
      const gapMs = nowMs - beatMs;
      beatMs = nowMs;
      deviationMs += (Math.abs(gapMs - meanMs) - deviationMs) / 4;
      meanMs += (gapMs - meanMs) / 8;
    },
    isSilent(nowMs) {
      const usualMs = Math.max(SILENCE_BEATS * BEAT_INTERVAL_MS, meanMs + 4 * deviationMs);
      return nowMs - heardMs > Math.min(usualMs, SILENCE_MS_MAX);
    },
    forgive(nowMs) {
      heardMs = nowMs;
      beatMs = nowMs;
    },
  };
}

/** Whether this tab itself slept between two ticks: frozen, suspended, or starved of the processor. */
export function hasSlept(previousMs: number | undefined, nowMs: number): boolean {
  return previousMs !== undefined && nowMs - previousMs > (SILENCE_BEATS - 1) * BEAT_INTERVAL_MS;
}
