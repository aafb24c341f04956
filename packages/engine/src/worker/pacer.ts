import { EngineError } from '../error.ts';
import { GPU_SHARE_MAX, GPU_SHARE_MIN, REST_MS_MAX } from '../limits.ts';

/** Keeps a stage from being busy more than its share of the time. */
export interface Pacer {
  /** How long it worked so far, rests left out. */
  readonly busyMs: number;
  setShare(gpuShare: number): void;
  /** Waits for the rest that earlier work left, runs, and leaves a rest to the next. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export interface PacerClock {
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** `run` must not be called while an earlier run goes on: the pass queue sees to that. */
export function createPacer(gpuShare: number, clock: PacerClock, signal: AbortSignal): Pacer {
  let share = checkShare(gpuShare);
  let restUntil = 0;
  let workedMs = 0;
  return {
    get busyMs() {
      return workedMs;
    },
    setShare(next) {
      share = checkShare(next);
      // A rest that was meant for a smaller share is over.
      if (share === GPU_SHARE_MAX) restUntil = 0;
    },
    async run(work) {
      const restMs = restUntil - clock.now();
      if (restMs > 0) await clock.sleep(restMs, signal);
      const startedAt = clock.now();
      try {
        return await work();
      } finally {
        const busyMs = clock.now() - startedAt;
        workedMs += busyMs;
        restUntil = clock.now() + Math.min(REST_MS_MAX, busyMs * (1 / share - 1));
      }
    },
  };
}

function checkShare(gpuShare: number): number {
  if (gpuShare >= GPU_SHARE_MIN && gpuShare <= GPU_SHARE_MAX) return gpuShare;
  throw new EngineError(
    'bad-step',
    `a GPU share of ${gpuShare} is not between ${GPU_SHARE_MIN} and ${GPU_SHARE_MAX}`,
  );
}
