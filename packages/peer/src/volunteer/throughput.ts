/** Tokens per second over the last seconds in which a stage worked. */
export interface Throughput {
  add(tokenCount: number, computeMs: number, nowMs: number): void;
  /** Undefined before the first step; idle time does not count. */
  tokensPerSecond(nowMs: number): number | undefined;
}

const WINDOW_MS = 10_000;
/** A window of very short steps still has a bound. */
const SAMPLES_MAX = 4_096;

export function createThroughput(): Throughput {
  const samples: { tokenCount: number; computeMs: number; atMs: number }[] = [];
  let last: number | undefined;
  return {
    add(tokenCount, computeMs, nowMs) {
      samples.push({ tokenCount, computeMs, atMs: nowMs });
      while (samples.length > SAMPLES_MAX) samples.shift();
    },
    tokensPerSecond(nowMs) {
      while (samples[0] && samples[0].atMs < nowMs - WINDOW_MS) samples.shift();
      const tokens = samples.reduce((sum, sample) => sum + sample.tokenCount, 0);
      const busyMs = samples.reduce((sum, sample) => sum + sample.computeMs, 0);
      if (tokens > 0 && busyMs > 0) last = (tokens * 1000) / busyMs;
      return last;
    },
  };
}
