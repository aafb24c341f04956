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
    else void navigator.locks.request(name, forGood);
  });
}

/** For the page, once the worker holds its lock: resolves when it has ended, however. */
export async function whenWorkerEnds(name: string): Promise<void> {
  if (navigator.locks === undefined) return await new Promise(() => undefined);
  await navigator.locks.request(name, () => undefined);
}
