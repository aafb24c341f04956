/*
 * A worker that runs out of memory or is ended by the browser dies without an event that its page
 * hears. A lock that the worker holds as long as it lives is given to the page when it is gone
 * (https://www.w3.org/TR/web-locks/: the locks of a terminated agent are released).
 */

/** For the worker, at its start: holds the lock of its own name for good. */
export function holdLifeLock(name: string): void {
  void navigator.locks?.request(name, () => new Promise(() => undefined));
}

/** For the page, once the worker has answered something: resolves when it has ended, however. */
export async function whenWorkerEnds(name: string): Promise<void> {
  // Absent in an insecure context, where nothing else works either.
  if (navigator.locks === undefined) return await new Promise(() => undefined);
  await navigator.locks.request(name, () => undefined);
}
