/** Whether a host takes new work, and who waits for the last piece of it to end. */
export interface Intake {
  readonly isOpen: boolean;
  open(): void;
  /**
   * Takes nothing new from now on. Resolves `idle` when nothing runs any more, `late` when the time is
   * over, `aborted` with the signal.
   */
  drain(timeoutMs: number, signal: AbortSignal): Promise<'idle' | 'late' | 'aborted'>;
  /** The host calls it whenever a piece of work ended. */
  ended(): void;
}

export function createIntake(countRunning: () => number): Intake {
  const waiting = new Set<() => void>();
  let isOpen = true;
  return {
    get isOpen() {
      return isOpen;
    },
    open() {
      isOpen = true;
    },
    drain(timeoutMs, signal) {
      isOpen = false;
      return new Promise((resolve) => {
        const finish = (how: 'idle' | 'late' | 'aborted'): void => {
          clearTimeout(timer);
          waiting.delete(check);
          signal.removeEventListener('abort', onAbort);
          resolve(how);
        };
        const check = (): void => {
          if (countRunning() === 0) finish('idle');
        };
        const onAbort = (): void => finish('aborted');
        const timer = setTimeout(() => finish('late'), timeoutMs);
        waiting.add(check);
        signal.addEventListener('abort', onAbort, { once: true });
        if (signal.aborted) onAbort();
        else check();
      });
    },
    ended() {
      // A session that opens stops being counted as opening just before it is counted as open.
      queueMicrotask(() => {
        for (const check of [...waiting]) check();
      });
    },
  };
}
