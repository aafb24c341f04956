import { createDeferred } from '../worker/deferred.ts';
import { watchWorker } from '../worker/worker-life.ts';
import type { BenchCase, BenchEvent } from './bench-report.ts';
import BenchWorker from './bench-worker.ts?worker';

/** A benchmark that runs in a worker of its own. */
export interface Bench {
  /** Ends it at once and frees what it held. */
  stop(): void;
}

/** Measures the cases one after another; `onEvent` hears `done` or `failed` last, unless stopped. */
export function createBench(
  cases: readonly BenchCase[],
  onEvent: (event: BenchEvent) => void,
): Bench {
  const name = `manyhands-bench-${crypto.randomUUID()}`;
  const worker = new BenchWorker({ name });
  let isOver = false;
  const finish = (): void => {
    isOver = true;
    worker.terminate();
  };
  // Its first word: from there on it holds the lock that it is watched by.
  const { promise: watched, resolve: begin } = createDeferred<void>();
  watchWorker(worker, name, watched, (reason) => {
    if (isOver) return;
    finish();
    const message = `the benchmark stopped: ${reason}; reload the page and try again`;
    onEvent({ type: 'failed', code: 'internal', message });
  });
  worker.addEventListener('message', ({ data }: MessageEvent<BenchEvent>) => {
    if (data.type === 'done' || data.type === 'failed') finish();
    begin();
    onEvent(data);
  });
  worker.postMessage(cases);
  return { stop: finish };
}
