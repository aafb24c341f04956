import { BEAT_INTERVAL_MS } from '@manyhands/protocol/limits';
import { SILENCE_BEATS, SILENCE_MS_MAX } from './limits.ts';
import type { Ticker } from './ticker.ts';

/** How long a partner has said nothing, against how regularly it used to. */
export interface Silence {
  heard(nowMs: number, isBeat: boolean): void;
  isSilent(nowMs: number): boolean;
  /** We slept ourselves: what was missed meanwhile is nobody's fault. */
  forgive(nowMs: number): void;
}

/**
 * Five missed beats are silence, or more where beats come irregularly: the mean gap and four
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
function hasSlept(previousMs: number | undefined, nowMs: number): boolean {
  return previousMs !== undefined && nowMs - previousMs > (SILENCE_BEATS - 1) * BEAT_INTERVAL_MS;
}

/** Partners by a key, watched until they are silent: a frozen tab, or a path that was cut. */
export interface SilenceWatch<Key> {
  readonly keys: Iterable<Key>;
  /** From now on it should beat; nothing where it is watched already. */
  begin(key: Key): void;
  end(key: Key): void;
  heard(key: Key, isBeat: boolean): void;
  dispose(): void;
}

/** Calls `onSilent` once for each silence; whoever speaks again is watched from then on. */
export function createSilenceWatch<Key>(
  ticker: Ticker,
  onSilent: (key: Key) => void,
): SilenceWatch<Key> {
  const watched = new Map<Key, Silence>();
  let removeTick: (() => void) | undefined;
  let tickedMs: number | undefined;
  const tick = (nowMs: number): void => {
    const slept = hasSlept(tickedMs, nowMs);
    tickedMs = nowMs;
    for (const [key, silence] of [...watched]) {
      const isSilent = silence.isSilent(nowMs);
      if (slept || isSilent) silence.forgive(nowMs);
      if (!slept && isSilent) onSilent(key);
    }
  };
  const stop = (): void => {
    removeTick?.();
    removeTick = undefined;
    tickedMs = undefined;
  };
  return {
    keys: { [Symbol.iterator]: () => watched.keys() },
    begin(key) {
      if (watched.has(key)) return;
      watched.set(key, createSilence(performance.now()));
      removeTick ??= ticker.onTick(tick);
    },
    end(key) {
      watched.delete(key);
      if (watched.size === 0) stop();
    },
    heard: (key, isBeat) => watched.get(key)?.heard(performance.now(), isBeat),
    dispose() {
      watched.clear();
      stop();
    },
  };
}
