import type { Pause } from './choose-pause.ts';

/** Whether this tab should work, as the person's rules and the browser have it together. */
export interface PauseSwitch {
  readonly pause: Pause | undefined;
  /** What the rules say. */
  setPause(pause: Pause | undefined): void;
  /** Whether the page runs at all. */
  setAwake(isAwake: boolean): void;
  subscribe(listener: () => void): () => void;
  /** Rejects with the signal's reason. */
  whenOver(signal: AbortSignal): Promise<void>;
}

export function createPauseSwitch(): PauseSwitch {
  const listeners = new Set<() => void>();
  let ruled: Pause | undefined;
  let isAwake = true;
  const pause = (): Pause | undefined =>
    isAwake ? ruled : { reasons: ['asleep', ...(ruled?.reasons ?? [])] };
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    get pause() {
      return pause();
    },
    setPause(next) {
      ruled = next;
      tell();
    },
    setAwake(next) {
      if (isAwake === next) return;
      isAwake = next;
      tell();
    },
    subscribe,
    whenOver(signal) {
      return new Promise((resolve, reject) => {
        const finish = (): void => {
          remove();
          signal.removeEventListener('abort', onAbort);
        };
        const onAbort = (): void => {
          finish();
          reject(signal.reason);
        };
        const check = (): void => {
          if (pause() !== undefined) return;
          finish();
          resolve();
        };
        const remove = subscribe(check);
        signal.addEventListener('abort', onAbort, { once: true });
        if (signal.aborted) onAbort();
        else check();
      });
    },
  };
}
