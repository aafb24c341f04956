import { type ReadonlySignal, signal } from '@preact/signals';
import { RATE_INTERVAL_MS, RATE_SAMPLES_MAX } from './limits.ts';
import { growth } from './work-meter.ts';

/** Tokens per second of the last minute, a sample a second, oldest first. */
export interface ServingRate {
  readonly samples: ReadonlySignal<readonly number[]>;
  /** Samples until the returned function is called. */
  follow(): () => void;
}

export interface ServingRateDeps {
  readonly tokensServed: () => number;
  /** Nobody looks at a hidden tab: nothing is measured for it. */
  readonly isHidden: () => boolean;
  readonly nowMs?: () => number;
}

/** What is said to be the speed now is the mean of so many samples. */
const NOW_SAMPLES = 5;

export function createServingRate(deps: ServingRateDeps): ServingRate {
  const { tokensServed, isHidden, nowMs = () => performance.now() } = deps;
  const samples = signal<readonly number[]>([]);
  return {
    samples,
    follow() {
      samples.value = [];
      let last = { tokens: tokensServed(), atMs: nowMs() };
      const timer = setInterval(() => {
        const next = { tokens: tokensServed(), atMs: nowMs() };
        const seconds = (next.atMs - last.atMs) / 1_000;
        const rate = seconds > 0 ? growth(last.tokens, next.tokens) / seconds : 0;
        last = next;
        if (!isHidden()) samples.value = [...samples.value, rate].slice(-RATE_SAMPLES_MAX);
      }, RATE_INTERVAL_MS);
      return () => clearInterval(timer);
    },
  };
}

/** Tokens per second now; undefined before anything was measured. */
export function rateNow(samples: readonly number[]): number | undefined {
  const recent = samples.slice(-NOW_SAMPLES);
  if (recent.length === 0) return undefined;
  return recent.reduce((sum, rate) => sum + rate, 0) / recent.length;
}
