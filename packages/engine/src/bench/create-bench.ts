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
  const worker = new BenchWorker({ name: 'manyhands-bench' });
  worker.addEventListener('message', ({ data }: MessageEvent<BenchEvent>) => {
    if (data.type === 'done' || data.type === 'failed') worker.terminate();
    onEvent(data);
  });
  worker.addEventListener('error', (event) => {
    worker.terminate();
    const reason = event.message || 'its script could not be loaded';
    const message = `the benchmark stopped: ${reason}; reload the page and try again`;
    onEvent({ type: 'failed', code: 'internal', message });
  });
  worker.postMessage(cases);
  return { stop: () => worker.terminate() };
}
