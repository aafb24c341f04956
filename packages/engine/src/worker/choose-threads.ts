/** More share one memory too narrow for them. */
export const THREADS_MAX = 16;
/** What a tab takes by itself, at most. */
const AUTO_THREADS_MAX = 8;

/** WebKit can be built so that pages are isolated and have no `SharedArrayBuffer` (2.50 in Debian). */
export function canShareMemory(): boolean {
  return globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer !== 'undefined';
}

/**
 * How many threads may compute where the processor does. Of logical processors two are often one core, and who
 * lends a device goes on using it: so half of them, unless a person wants another number.
 */
export function chooseThreads(wanted: number | undefined, processorCount: number): number {
  const most = Math.min(THREADS_MAX, Math.max(1, Math.floor(processorCount)));
  if (wanted !== undefined) return Math.min(most, Math.max(1, Math.floor(wanted)));
  return Math.min(AUTO_THREADS_MAX, Math.max(1, Math.floor(most / 2)));
}
