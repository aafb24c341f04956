import { CliError } from './error.ts';

/** Waits for `promise`, at most `timeoutMs` and only until `signal` aborts. */
export async function withDeadline<Value>(
  promise: Promise<Value>,
  { timeoutMs, what, signal }: { timeoutMs: number; what: string; signal: AbortSignal },
): Promise<Value> {
  // Whoever loses the race must not count as an unhandled rejection.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: end, reject } = withRejection();
  const onAbort = () => reject(signal.reason);
  const timer = setTimeout(
    () => reject(new CliError('timeout', `${what} took longer than ${timeoutMs / 1000} seconds.`)),
    timeoutMs,
  );
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, end]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function withRejection(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, rejectPromise) => {
    reject = rejectPromise;
  });
  return { promise, reject };
}
