import { ModelError } from '../error.ts';
import { BACKOFF_MS, BACKOFF_MS_MAX, STALL_MS } from './limits.ts';

/** Deadlines of the store; tests shorten them. */
export interface Timing {
  readonly stallMs: number;
  /** Before the second attempt; doubles with each further one. */
  readonly backoffMs: number;
}

export const DEFAULT_TIMING: Timing = { stallMs: STALL_MS, backoffMs: BACKOFF_MS };

/** The wait after `attempt` failures. */
export function backoffMs(timing: Timing, attempt: number): number {
  return Math.min(timing.backoffMs * 2 ** (attempt - 1), BACKOFF_MS_MAX);
}

/** Throws `aborted` as soon as the signal does. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await abortable(
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
      signal,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for something shared without owning it: only this wait ends when the signal aborts. */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new ModelError('aborted', 'loading the weights was stopped'));
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
