import { THREAD_START_MS_MAX } from '../../limits.ts';
import type { WasmMemory } from '../memory.ts';
import { controlAt, controlBytes } from './control.ts';
import type { HelperStart } from './helper-start.ts';
import ThreadWorker from './thread-worker.ts?worker';
import type { Helpers } from './threads.ts';

/**
 * Starts helpers on a shared memory. Those that cannot start, or not soon, are left out: a stage needs none.
 * `undefined` where there are none at all.
 */
export async function startHelpers(
  module: WebAssembly.Module,
  memory: WasmMemory,
  wanted: number,
): Promise<Helpers | undefined> {
  const bytes = controlBytes(wanted);
  const address = memory.allocate('scratch', 'what threads share', bytes);
  memory.u8(address, bytes).fill(0);
  const starts = Array.from({ length: wanted }, (_, index) =>
    startHelper({ module, memory: memory.memory, control: address, helper: index + 1 }),
  );
  const workers = await Promise.all(starts);
  // Lists go by number: behind one that is missing nobody is used.
  const missing = workers.indexOf(undefined);
  for (const worker of workers.splice(missing < 0 ? wanted : missing)) worker?.terminate();
  if (workers.length === 0) return undefined;
  return {
    count: workers.length,
    control: controlAt(memory.memory, address),
    end() {
      for (const worker of workers) worker?.terminate();
    },
  };
}

/** `undefined` where it cannot start: no workers within workers, a policy, a browser that is too busy. */
async function startHelper(start: HelperStart): Promise<Worker | undefined> {
  let worker: Worker | undefined;
  try {
    worker = new ThreadWorker({ name: `manyhands-thread-${start.helper}` });
    await whenReady(worker, start);
    return worker;
  } catch {
    worker?.terminate();
    return undefined;
  }
}

function whenReady(worker: Worker, start: HelperStart): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it is too slow')), THREAD_START_MS_MAX);
    worker.onmessage = () => {
      clearTimeout(timer);
      resolve();
    };
    worker.onerror = (event) => {
      clearTimeout(timer);
      event.preventDefault();
      reject(new Error(event.message));
    };
    worker.postMessage(start);
  });
}
