import { createBenchHost } from './bench/bench-host.ts';
import type { BenchCall, BenchCalls, BenchReply } from './bench/bench-messages.ts';
import BenchWorker from './bench/bench-worker.ts?worker';
import { callHost } from './bench/call-host.ts';
import { resultOf } from './harness-result.ts';

/*
 * One page for each contender: closing it frees whatever that one took. Engines run in a worker, as
 * they would on a site; wllama starts one of its own.
 */
let worker: Worker | undefined;
let host: BenchCalls | undefined;

window.benchHarness = async (call, isOnPage) => {
  if (isOnPage) {
    host ??= createBenchHost();
    const own = host;
    return await resultOf(() => callHost(own, call));
  }
  worker ??= new BenchWorker({ name: 'bench' });
  return await ask(worker, call);
};

function ask(to: Worker, call: BenchCall): Promise<BenchReply> {
  return new Promise((resolve) => {
    to.addEventListener('message', ({ data }: MessageEvent<BenchReply>) => resolve(data), {
      once: true,
    });
    to.addEventListener(
      'error',
      ({ message }) => resolve({ ok: false, code: 'internal', message: `the worker: ${message}` }),
      { once: true },
    );
    to.postMessage(call);
  });
}
