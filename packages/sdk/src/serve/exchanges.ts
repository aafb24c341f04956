import type { Ticker } from '@manyhands/peer/ticker';
import * as v from 'valibot';
import type { Manyhands } from '../../types/manyhands.d.ts';
import { ManyhandsError } from '../error.ts';
import { answerError } from '../http/answers.ts';
import { EXCHANGES_MAX, READER_IDLE_TIMEOUT_MS, STAY_AWAKE_INTERVAL_MS } from '../limits.ts';
import {
  type FromPage,
  FromWorker,
  type PageRequest,
  type ToWorker,
} from '../service-worker/messages.ts';

/** The worker that passed a request on, which has to live as long as its answer. */
type Origin = Pick<ServiceWorker, 'postMessage'> | null;

/** Answers under way through the service worker. */
export interface Exchanges {
  answer(request: PageRequest, port: MessagePort, worker: Origin): void;
  dispose(): void;
}

export function createExchanges(fetch: Manyhands['fetch'], ticker: Ticker): Exchanges {
  const running = new Map<AbortController, Origin>();
  let stopTicking: (() => void) | undefined;

  // A beat from a worker's timer: the page may be hidden, and its own would be too slow.
  const keepAwake = (): (() => void) => {
    let toldAtMs = performance.now();
    return ticker.onTick((nowMs) => {
      if (nowMs - toldAtMs < STAY_AWAKE_INTERVAL_MS) return;
      toldAtMs = nowMs;
      const message: ToWorker = { type: 'manyhands-stay-awake' };
      for (const worker of new Set(running.values())) worker?.postMessage(message);
    });
  };
  const remove = (abort: AbortController): void => {
    running.delete(abort);
    if (running.size > 0) return;
    stopTicking?.();
    stopTicking = undefined;
  };

  return {
    answer(request, port, worker) {
      const abort = new AbortController();
      const isFull = running.size >= EXCHANGES_MAX;
      running.set(abort, worker);
      stopTicking ??= keepAwake();
      const respond = isFull ? async () => answerError(tooMany()) : respondTo(fetch, request);
      void passOn(respond, port, abort).finally(() => remove(abort));
    },
    dispose() {
      for (const abort of running.keys()) abort.abort();
    },
  };
}

function respondTo(fetch: Manyhands['fetch'], { url, method, body }: PageRequest) {
  return (signal: AbortSignal) => fetch(url, { method, signal, ...(body !== null && { body }) });
}

/** Sends a response over a port, a chunk for each that the worker asks for. */
async function passOn(
  respond: (signal: AbortSignal) => Promise<Response>,
  port: MessagePort,
  abort: AbortController,
): Promise<void> {
  const tell = (message: FromPage, transfer: Transferable[] = []) =>
    port.postMessage(message, transfer);
  let wanted = 0;
  let wake = (): void => undefined;
  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    const message = v.safeParse(FromWorker, data);
    if (message.success && message.output.type === 'pull') wanted += 1;
    else abort.abort();
    wake();
  };
  abort.signal.addEventListener('abort', () => wake());
  const pulled = async (): Promise<void> => {
    // A worker that was stopped says nothing: there is no event for a port whose other end is gone.
    const timer = setTimeout(() => abort.abort(), READER_IDLE_TIMEOUT_MS);
    while (wanted === 0 && !abort.signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    clearTimeout(timer);
    abort.signal.throwIfAborted();
    wanted -= 1;
  };
  try {
    tell({ type: 'accepted' });
    const response = await respond(abort.signal);
    tell({ type: 'head', status: response.status, headers: [...response.headers] });
    const reader = response.body?.getReader();
    // Leaving early ends what makes the body.
    abort.signal.addEventListener('abort', () => void reader?.cancel().catch(() => undefined));
    for (;;) {
      await pulled();
      const { value, done = true } = (await reader?.read()) ?? {};
      if (done || value === undefined) break;
      // A view into a larger buffer would take that along.
      const bytes = value.slice();
      tell({ type: 'chunk', bytes }, [bytes.buffer]);
    }
    tell({ type: 'end' });
  } catch {
    // Nobody waits any more, or what waits has to hear that no more comes.
    tell({ type: 'failed' });
  }
  // Closing at once would drop what was sent last; the other end closes.
}

function tooMany(): ManyhandsError {
  const message = `This page has ${EXCHANGES_MAX} requests under way already.`;
  return new ManyhandsError('too-many-requests', message);
}
