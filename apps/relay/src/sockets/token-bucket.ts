/** Allows bursts and a steady rate after them; time is passed in. */
export interface TokenBucket {
  /** Takes one token if there is one. */
  take(nowMs: number): boolean;
}

export function createTokenBucket(options: {
  readonly perSecond: number;
  readonly burst: number;
}): TokenBucket {
  let tokens = options.burst;
  let filledAtMs: number | undefined;
  return {
    take(nowMs) {
      const elapsedMs = Math.max(0, nowMs - (filledAtMs ?? nowMs));
      tokens = Math.min(options.burst, tokens + (elapsedMs / 1_000) * options.perSecond);
      filledAtMs = nowMs;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
