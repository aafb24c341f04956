/**
 * Waits for `promise` at most `timeoutMs`, and no longer than `signal` lives. The error is made only
 * when needed; the promise itself goes on and its late failure is ignored.
 */
export async function withDeadline<Value>(
  promise: Promise<Value>,
  timeoutMs: number,
  timeoutError: () => Error,
  signal?: AbortSignal,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timed = new Promise<Value>((resolve, reject) => {
    promise.then(resolve, reject);
    timer = setTimeout(() => reject(timeoutError()), timeoutMs);
  });
  try {
    return await (signal === undefined ? timed : orAborted(timed, signal));
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for `promise` no longer than `signal` lives; the promise itself goes on. */
export async function orAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
): Promise<Value> {
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<Value>((resolve, reject) => {
      promise.then(resolve, reject);
      onAbort = () => reject(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
