import { PROGRESS_INTERVAL_MS, RATE_WINDOW_MS } from './limits.ts';

/** How a load stands. Time left is `(totalBytes - loadedBytes) / bytesPerSecond`. */
export interface WeightProgress {
  /** Verified bytes of what was planned, from the cache or the network. */
  readonly loadedBytes: number;
  /** Bytes of every planned tensor, and of the header once it is asked for. */
  readonly totalBytes: number;
  /** Bytes of weights received, including padding and whatever had to be fetched twice. */
  readonly networkBytes: number;
  /** Verified bytes over the last seconds, from either source. */
  readonly bytesPerSecond: number;
  /** Cached pieces that failed their hash and were fetched again. */
  readonly repairedPieces: number;
  /** `full`: no space left, the rest is not kept. `temporary`: this browser keeps nothing. */
  readonly cacheState: 'kept' | 'full' | 'temporary';
}

export interface Meter {
  plan(byteLength: number): void;
  loaded(byteLength: number): void;
  network(byteLength: number): void;
  repaired(): void;
  cacheIs(state: WeightProgress['cacheState']): void;
  read(): WeightProgress;
}

/** Adds up a load and reports it, at most every `PROGRESS_INTERVAL_MS` and whenever it is complete. */
export function createMeter(
  onProgress: ((progress: WeightProgress) => void) | undefined,
  now: () => number,
): Meter {
  const state = { loadedBytes: 0, totalBytes: 0, networkBytes: 0, repairedPieces: 0 };
  let cacheState: WeightProgress['cacheState'] = 'kept';
  let reportedAt = Number.NEGATIVE_INFINITY;
  let samples: { at: number; loadedBytes: number }[] = [];
  const read = (): WeightProgress => ({ ...state, cacheState, bytesPerSecond: rate(samples) });
  const report = (): void => {
    const at = now();
    const isComplete = state.loadedBytes === state.totalBytes;
    if (!isComplete && at - reportedAt < PROGRESS_INTERVAL_MS) return;
    reportedAt = at;
    samples = [...samples, { at, loadedBytes: state.loadedBytes }].filter(
      (sample) => at - sample.at <= RATE_WINDOW_MS,
    );
    onProgress?.(read());
  };
  const add = (key: keyof typeof state, amount: number): void => {
    state[key] += amount;
    report();
  };
  return {
    plan(byteLength) {
      state.totalBytes += byteLength;
    },
    loaded: (byteLength) => add('loadedBytes', byteLength),
    network: (byteLength) => {
      state.networkBytes += byteLength;
    },
    repaired: () => add('repairedPieces', 1),
    cacheIs(next) {
      cacheState = next;
    },
    read,
  };
}

function rate(samples: readonly { at: number; loadedBytes: number }[]): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at <= first.at) return 0;
  return ((last.loadedBytes - first.loadedBytes) * 1000) / (last.at - first.at);
}
