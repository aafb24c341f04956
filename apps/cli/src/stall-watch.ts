import { CliError } from './error.ts';

export interface StallWatch {
  /** Rejects with `timeout` when `touch` was not called for too long. */
  readonly stalled: Promise<never>;
  touch(): void;
  dispose(): void;
}

/** A deadline that moves: for waits that may be long as long as something happens. */
export function createStallWatch(timeoutMs: number, what: string): StallWatch {
  let reject: (error: CliError) => void = () => undefined;
  const stalled = new Promise<never>((_, rejectPromise) => {
    reject = rejectPromise;
  });
  stalled.catch(() => undefined);
  const start = () =>
    setTimeout(
      () => reject(new CliError('timeout', `${what}: nothing for ${timeoutMs / 1000} seconds.`)),
      timeoutMs,
    );
  let timer = start();
  return {
    stalled,
    touch() {
      clearTimeout(timer);
      timer = start();
    },
    dispose: () => clearTimeout(timer),
  };
}
