import { EngineError } from '../../error.ts';
import { THREAD_WAIT_MS, THREAD_WAITS_MAX } from '../../limits.ts';
import type { KernelName, Kernels } from '../kernels.ts';
import { createCallList, type KernelArguments, LIST_NUMBERS } from './call-list.ts';
import { CONTROL, type Control } from './control.ts';
import { waitWhile } from './wait.ts';

/** How items are shared out. */
export interface Shares {
  /** Every share but the last is a multiple of it. */
  readonly unit: number;
  /** Fewer are not worth another thread. */
  readonly least: number;
}

/** Gets calls for thread number `thread`: items `first` to `first + count`. */
export type GiveShare = (thread: number, first: number, count: number) => void;

/**
 * The threads that compute a stage: this one, 0, and helpers. Rounds of calls alternate with what only this
 * thread does, as in OpenMP's parallel regions. What is computed is the same for any number of threads.
 */
export interface Threads {
  readonly count: number;
  /** Shares items out among as many threads as are worth it, in order. */
  share(itemCount: number, shares: Shares, give: GiveShare): void;
  /** A call that a thread makes until `run` returns, after those that it was given before. */
  call<K extends KernelName>(thread: number, kernel: K, ...args: KernelArguments<K>): void;
  /** All calls that were given are made when it returns. */
  run(): void;
  /** Ends the helpers. */
  end(): void;
}

/** Helpers that are ready, and what they read. */
export interface Helpers {
  readonly count: number;
  readonly control: Control;
  end(): void;
}

export function createThreads(kernels: Kernels, helpers?: Helpers): Threads {
  return helpers === undefined ? oneThread(kernels) : severalThreads(kernels, helpers);
}

/** Nobody waits for a round, so calls are made at once, without a list. */
function oneThread(kernels: Kernels): Threads {
  return {
    count: 1,
    share: (itemCount, shares, give) => shareOut(1, itemCount, shares, give),
    call(_, kernel, ...args) {
      (kernels[kernel] as (...args: unknown[]) => unknown)(...args);
    },
    run() {},
    end() {},
  };
}

function severalThreads(kernels: Kernels, helpers: Helpers): Threads {
  const own = createCallList(kernels, new Float64Array(LIST_NUMBERS));
  const count = 1 + helpers.count;
  const lists = [own];
  for (let helper = 1; helper < count; helper += 1) {
    lists.push(createCallList(kernels, helpers.control.list(helper)));
  }
  let othersHaveCalls = false;
  return {
    count,
    share: (itemCount, shares, give) => shareOut(count, itemCount, shares, give),
    call(thread, kernel, ...args) {
      lists[thread]?.add(kernel, args);
      othersHaveCalls ||= thread > 0;
    },
    run() {
      if (!othersHaveCalls) {
        own.run();
        return;
      }
      othersHaveCalls = false;
      runRound(helpers, () => own.run());
    },
    end: () => helpers.end(),
  };
}

/** As many shares as are worth it, at most `threadCount`; exported for its tests. */
export function shareOut(
  threadCount: number,
  itemCount: number,
  { unit, least }: Shares,
  give: GiveShare,
): void {
  const wanted = Math.max(1, Math.min(threadCount, Math.floor(itemCount / least)));
  const size = Math.ceil(itemCount / wanted / unit) * unit;
  for (let thread = 0; thread * size < itemCount; thread += 1) {
    const first = thread * size;
    give(thread, first, Math.min(size, itemCount - first));
  }
}

function runRound({ count, control: { words } }: Helpers, runOwn: () => void): void {
  Atomics.store(words, CONTROL.pending, count);
  Atomics.add(words, CONTROL.round, 1);
  Atomics.notify(words, CONTROL.round);
  try {
    runOwn();
  } finally {
    awaitHelpers(words);
  }
  if (Atomics.load(words, CONTROL.failed) > 0) {
    throw new EngineError('validation', 'a kernel failed in another thread; load the stage again');
  }
}

function awaitHelpers(words: Int32Array): void {
  // Waits are counted, not time: a device may sleep in the middle of one.
  let waits = 0;
  for (;;) {
    const pending = Atomics.load(words, CONTROL.pending);
    if (pending === 0) return;
    if (waitWhile(words, CONTROL.pending, pending, THREAD_WAIT_MS)) continue;
    waits += 1;
    if (waits < THREAD_WAITS_MAX) continue;
    throw new EngineError('timed-out', 'a thread of the processor hangs; load the stage again');
  }
}
