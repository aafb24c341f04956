import { BEAT_INTERVAL_MS } from '@manyhands/protocol/limits';

/** Ticks at `BEAT_INTERVAL_MS` while somebody listens. */
export interface Ticker {
  /** Returns a remover. */
  onTick(listener: (nowMs: number) => void): () => void;
}

/**
 * From a worker where one can be started: a hidden tab's own timers fire once a second, and tabs that
 * contribute are usually hidden.
 */
export function createTicker(startWorker?: () => Worker | undefined): Ticker {
  const listeners = new Set<(nowMs: number) => void>();
  let stop: (() => void) | undefined;
  const tick = (): void => {
    const nowMs = performance.now();
    for (const listener of [...listeners]) listener(nowMs);
  };
  return {
    onTick(listener) {
      listeners.add(listener);
      stop ??= startTicking(tick, startWorker);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

function startTicking(tick: () => void, startWorker?: () => Worker | undefined): () => void {
  const startHere = (): (() => void) => {
    const timer = setInterval(tick, BEAT_INTERVAL_MS);
    return () => clearInterval(timer);
  };
  const worker = startWorker?.();
  if (worker === undefined) return startHere();
  let stop = (): void => worker.terminate();
  worker.addEventListener('message', tick);
  // Without its worker a hidden tab beats slowly, and may be taken for frozen: still better than silence.
  worker.addEventListener('error', () => {
    stop();
    stop = startHere();
  });
  return () => stop();
}
