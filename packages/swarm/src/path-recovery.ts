import { ICE_RESTART_GAP_MS, ICE_RESTART_GRACE_MS, ICE_RESTARTS_MAX } from './limits.ts';

/** What is done while a link has no path: looked for again a few times, then given up. */
export interface PathRecovery {
  path(isUp: boolean): void;
  /** The other side lost the path, and cannot look for one itself. */
  asked(): void;
  dispose(): void;
}

export function createPathRecovery(options: {
  /** Looks for another path, or asks the other side to. */
  restart(): void;
  giveUp(): void;
  /** Calls back once after `delayMs`; returns a canceller. */
  readonly setTimer?: (callback: () => void, delayMs: number) => () => void;
  readonly nowMs?: () => number;
}): PathRecovery {
  const { restart, giveUp, setTimer = setPageTimer, nowMs = () => performance.now() } = options;
  let isUp = true;
  let isDisposed = false;
  let restartCount = 0;
  let restartedAtMs = Number.NEGATIVE_INFINITY;
  let cancelTimer = () => {};

  const restartNow = () => {
    restartedAtMs = nowMs();
    restart();
  };
  const tryAgain = () => {
    if (restartCount >= ICE_RESTARTS_MAX) {
      giveUp();
      return;
    }
    restartCount++;
    cancelTimer = setTimer(tryAgain, ICE_RESTART_GAP_MS);
    // Both sides see the path break off; one new offer at a time is enough.
    if (nowMs() - restartedAtMs >= ICE_RESTART_GAP_MS) restartNow();
  };

  return {
    path(isUpNow) {
      if (isUp === isUpNow || isDisposed) return;
      isUp = isUpNow;
      restartCount = 0;
      cancelTimer();
      if (!isUp) cancelTimer = setTimer(tryAgain, ICE_RESTART_GRACE_MS);
    },
    asked() {
      if (!isDisposed && nowMs() - restartedAtMs >= ICE_RESTART_GAP_MS) restartNow();
    },
    dispose() {
      isDisposed = true;
      cancelTimer();
    },
  };
}

function setPageTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
