import { whenWorkerEnds } from '../worker/worker-life.ts';
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
  const fail = (reason: string): void => {
    if (isOver) return;
    finish();
    const message = `the benchmark stopped: ${reason}; reload the page and try again`;
    onEvent({ type: 'failed', code: 'internal', message });
  };
  worker.addEventListener('message', ({ data }: MessageEvent<BenchEvent>) => {
    if (data.type === 'done' || data.type === 'failed') finish();
    // Its first word: from here on it holds the lock that it is watched by.
    if (data.type === 'device') {
      void whenWorkerEnds(name).then(() => fail('its worker ended, perhaps for want of memory'));
    }
    onEvent(data);
  });
  worker.addEventListener('error', (event) => {
    fail(event.message || 'its script could not be loaded');
  });
  worker.postMessage(cases);
  return { stop: finish };
}
