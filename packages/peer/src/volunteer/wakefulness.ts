import { WAKE_BEAT_MS, WAKE_BEATS_MIN, WAKE_GAP_MS, WAKE_LATE_MS_MAX } from '../limits.ts';

export interface WakefulnessOptions {
  /** The page's document: browsers tell it of a freeze. */
  readonly document: Pick<Document, 'addEventListener'> | undefined;
  /** A timer in a worker: those of a hidden page are slowed down, which is no freeze. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  /** Of the wall clock, which goes on while a computer sleeps. */
  readonly nowMs: () => number;
}

/** Calls with `false` when the page stopped running, `true` when it has proven that it runs. */
export type WatchWakefulness = (onChange: (isAwake: boolean) => void) => () => void;

/**
 * Tells whether this page really runs. A frozen page and one on a sleeping computer look alive to
 * others for seconds; one that woke up must be on time for a few beats before it is believed.
 */
export function createWakefulness(options: WakefulnessOptions): WatchWakefulness {
  const { document, setTimer, nowMs } = options;
  return (onChange) => {
    const abort = new AbortController();
    const { signal } = abort;
    let isAwake = true;
    let beatsOnTime = 0;
    let lastMs = nowMs();
    let cancelBeat = (): void => undefined;
    const fallAsleep = (): void => {
      beatsOnTime = 0;
      if (!isAwake) return;
      isAwake = false;
      onChange(false);
    };
    const beat = (): void => {
      if (signal.aborted) return;
      const lateMs = nowMs() - lastMs - WAKE_BEAT_MS;
      lastMs = nowMs();
      if (lateMs > WAKE_GAP_MS) fallAsleep();
      else if (!isAwake) {
        beatsOnTime = lateMs > WAKE_LATE_MS_MAX ? 0 : beatsOnTime + 1;
        if (beatsOnTime >= WAKE_BEATS_MIN) {
          isAwake = true;
          onChange(true);
        }
      }
      cancelBeat = setTimer(beat, WAKE_BEAT_MS);
    };
    cancelBeat = setTimer(beat, WAKE_BEAT_MS);
    // The last thing that runs before a freeze; `resume` needs no listener, the beats go on by themselves.
    document?.addEventListener('freeze', fallAsleep, { signal });
    return () => {
      abort.abort();
      cancelBeat();
    };
  };
}
