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
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<Value>((resolve, reject) => {
      promise.then(resolve, reject);
      timer = setTimeout(() => reject(timeoutError()), timeoutMs);
      onAbort = () => reject(signal?.reason);
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}
