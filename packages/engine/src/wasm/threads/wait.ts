/** How long a thread looks for a change before it sleeps: waking one costs about as much. */
const SPIN_MS = 0.05;
const LOOKS = 64;

/**
 * Returns once a shared word is not `value` any more: true, or false after `timeoutMs`. A page's main thread may
 * not sleep, so there it keeps looking.
 */
export function waitWhile(
  words: Int32Array,
  index: number,
  value: number,
  timeoutMs = Number.POSITIVE_INFINITY,
): boolean {
  const startedAt = performance.now();
  for (;;) {
    for (let look = 0; look < LOOKS; look += 1) {
      if (Atomics.load(words, index) !== value) return true;
    }
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > timeoutMs) return false;
    if (waitedMs > SPIN_MS && MAY_SLEEP) Atomics.wait(words, index, value, timeoutMs - waitedMs);
  }
}

const MAY_SLEEP = typeof document === 'undefined';
