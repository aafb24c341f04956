/** Time as a stand-in and a slow link keep it. */
export interface Clock {
  nowMs(): number;
  waitUntil(dueMs: number): Promise<void>;
}

/** Younger than the library of types that this repository compiles against. */
interface AsyncWaiting {
  waitAsync(
    words: Int32Array<SharedArrayBuffer>,
    index: number,
    value: number,
    timeoutMs: number,
  ): { readonly value: Promise<string> | string };
}

/** Nobody ever changes it. Shared memory of this kind needs no isolated page in Chromium. */
const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const word = new Int32Array(buffer as unknown as SharedArrayBuffer);

/** The last part of a wait, which is spun: a little more than timers are usually late. */
const SPIN_MS = 0.25;

/**
 * `setTimeout` cuts a delay to whole milliseconds: of 10.9 ms it makes 10, which a figure of a hop would
 * show. Waiting for a word that never changes takes fractions and is late by 0.1 to 0.2 ms (measured in
 * Chromium 156, in pages and in workers), which it would show as well: so the end of a wait is spun.
 */
export const EXACT_CLOCK: Clock = {
  nowMs: () => performance.now(),
  async waitUntil(dueMs) {
    const restMs = dueMs - SPIN_MS - performance.now();
    if (restMs > 0) {
      await (Atomics as unknown as AsyncWaiting).waitAsync(word, 0, 0, restMs).value;
    }
    while (performance.now() < dueMs);
  },
};
