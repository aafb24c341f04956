/** Shorter than this, the clock's steps of 0.1 ms show. */
const SAMPLE_MS_MIN = 20;
const RUNS_PER_SAMPLE_MAX = 64;

export interface SampleOptions {
  /** Samples wanted. */
  readonly repeats: number;
  /** No further sample is begun after this long; there is always one. */
  readonly budgetMs: number;
  /** Bound on runs altogether, where each takes a position. */
  readonly runsMax?: number;
  readonly now?: () => number;
}

/** Milliseconds a run, each sample a mean over as many runs as the clock needs; two runs warm up. */
export async function timeSamples(
  run: () => Promise<unknown>,
  { repeats, budgetMs, runsMax = Number.POSITIVE_INFINITY, now = defaultNow }: SampleOptions,
): Promise<number[]> {
  const sample = async (runs: number): Promise<number> => {
    const startedAt = now();
    for (let i = 0; i < runs; i += 1) await run();
    return (now() - startedAt) / runs;
  };
  const endsAt = now() + budgetMs;
  await sample(1);
  const expectedMs = now() < endsAt ? await sample(1) : budgetMs;
  const wanted = Math.ceil(SAMPLE_MS_MIN / Math.max(expectedMs, 0.1));
  const room = Math.max(1, Math.floor((runsMax - 2) / repeats));
  const runs = Math.min(wanted, RUNS_PER_SAMPLE_MAX, room);
  const samples: number[] = [];
  while (samples.length < repeats && (samples.length === 0 || now() < endsAt)) {
    samples.push(await sample(runs));
  }
  return samples;
}

const defaultNow = () => performance.now();
