/*
 * A worker that runs out of memory or is ended by the browser dies without an event that its page
 * hears. A lock that the worker holds as long as it lives is given to the page when it is gone
 * (https://www.w3.org/TR/web-locks/: the locks of a terminated agent are released). Locks are absent in
 * an insecure context, where nothing else works either.
 */

/** For the worker, at its start: resolves when it holds the lock of its own name, for good. */
export function holdLifeLock(name: string): Promise<void> {
  return new Promise((resolve) => {
    const forGood = (): Promise<never> => {
      resolve();
      return new Promise(() => undefined);
    };
    if (navigator.locks === undefined) resolve();
    // Denied in a frame whose storage is blocked.
    else navigator.locks.request(name, forGood).catch(() => resolve());
  });
}

/**
 * For the page: calls `onEnd` with the reason when the worker fails or has ended, however. Its end is
 * only noticed once `watched` says that it holds its lock.
 */
export function watchWorker(
  worker: Worker,
  name: string,
  watched: Promise<unknown>,
  onEnd: (reason: string) => void,
): void {
  // Also a script that cannot be fetched; nothing would ever answer.
  worker.addEventListener('error', ({ message }) => {
    onEnd(message || 'its script could not be loaded');
  });
  void watched
    .then(() => navigator.locks?.request(name, () => undefined) ?? new Promise(() => undefined))
    .then(
      () => onEnd('it ended, perhaps for want of memory'),
      // Where the lock is denied, the end of the worker goes unnoticed; work that waits has deadlines.
      () => undefined,
    );
}
