import { stageUnloaded } from '../error.ts';
import { createDeferred } from './deferred.ts';
import type { Pacer, PacerClock } from './pacer.ts';

/** Who may use the device: passes as they come, other work in their pauses. */
export interface Turns {
  pass<T>(run: () => Promise<T>): Promise<T>;
  /**
   * Runs once passes have paused for a while, never before the first one is done; rejects with
   * `disposed` when the signal aborts.
   */
  whenIdle<T>(run: () => Promise<T>): Promise<T>;
}

/** Both keep to the pacer's share, one after another. */
export function createTurns(
  pacer: Pacer,
  clock: PacerClock,
  signal: AbortSignal,
  idleMs: number,
): Turns {
  const started = createDeferred<void>();
  signal.addEventListener('abort', () => started.resolve());
  let last: Promise<unknown> = Promise.resolve();
  let passCount = 0;
  let idleSince = 0;
  const paced = <T>(run: () => Promise<T>): Promise<T> => {
    const result = last.then(() => pacer.run(run));
    last = result.catch(() => undefined);
    return result;
  };
  const throwIfAborted = (): void => {
    if (signal.aborted) throw stageUnloaded();
  };

  return {
    async pass(run) {
      passCount += 1;
      try {
        return await paced(run);
      } finally {
        passCount -= 1;
        idleSince = clock.now();
        started.resolve();
      }
    },
    async whenIdle(run) {
      await started.promise;
      throwIfAborted();
      for (;;) {
        const leftMs = passCount > 0 ? idleMs : idleSince + idleMs - clock.now();
        if (leftMs <= 0) break;
        await clock.sleep(leftMs, signal);
        throwIfAborted();
      }
      return await paced(run);
    },
  };
}
