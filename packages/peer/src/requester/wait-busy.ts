import { PeerError } from '../error.ts';
import { BUSY_RETRY_MS, BUSY_WAIT_MS_MAX } from '../limits.ts';
import type { AnswerEvent } from './answer.ts';
import type { Router } from './router.ts';

/** Waits for volunteers that are busy, a bounded time in all. */
export interface BusyWait {
  /** Returns when it is worth trying again. Throws the error where it was waited for long enough. */
  after(error: PeerError): Promise<void>;
}

export function createBusyWait(options: {
  readonly router: Pick<Router, 'postpone'>;
  readonly positionsMax: number;
  readonly signal: AbortSignal;
  emit(event: AnswerEvent): void;
}): BusyWait {
  const { router, positionsMax, signal, emit } = options;
  let endMs: number | undefined;
  return {
    async after(error) {
      const nowMs = performance.now();
      endMs ??= nowMs + BUSY_WAIT_MS_MAX;
      const { peerId, retryAfterMs: estimateMs = BUSY_RETRY_MS } = error;
      if (nowMs + estimateMs > endMs) {
        const text = 'Everybody who holds this model is busy. Try again in a few minutes.';
        throw new PeerError('busy', text, { cause: error, retryAfterMs: estimateMs });
      }
      const canGoElsewhere =
        peerId !== undefined && router.postpone(peerId, nowMs + estimateMs, positionsMax);
      if (canGoElsewhere) return;
      emit({ type: 'queued', estimateMs });
      await sleep(estimateMs, signal);
    },
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
