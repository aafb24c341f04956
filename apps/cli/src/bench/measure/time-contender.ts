import type { Contender } from './contender.ts';
import { timeSamples } from './time-samples.ts';

export interface TimingPlan {
  /** At least as many tokens as the longest prefill. */
  readonly promptTokens: readonly number[];
  readonly prefillCounts: readonly number[];
  /** Measurements wanted of each quantity. */
  readonly repeats: number;
  /** A quantity is not measured again once this much time went into it. */
  readonly budgetMs: number;
}

export interface PrefillTiming {
  readonly tokenCount: number;
  /** Empty where it was expected to take longer than the budget. */
  readonly samplesMs: readonly number[];
}

export interface Timings {
  /** The first prefill after loading, with whatever is compiled or tuned then. */
  readonly firstPrefillMs: number;
  /** Milliseconds a token, each a mean over a run of steps. */
  readonly decodeMs: readonly number[];
  readonly prefill: readonly PrefillTiming[];
}

/** A prompt of 64 tokens and these fit where the context has 512 positions. */
const DECODE_STEPS_MAX = 256;

/** Prefill and decode times of a loaded contender. Tokens are given, never chosen. */
export async function timeContender(
  contender: Contender,
  plan: TimingPlan,
  now: () => number = () => performance.now(),
): Promise<Timings> {
  const { promptTokens, prefillCounts } = plan;
  await contender.prepare(promptTokens);
  if (contender.time !== undefined) return await contender.time(plan);
  const firstCount = Math.min(...prefillCounts);
  await contender.reset();
  const startedAt = now();
  await contender.step(promptTokens.slice(0, firstCount));
  const firstPrefillMs = now() - startedAt;
  const decodeMs = await timeDecode(contender, plan, now);
  const prefill: PrefillTiming[] = [];
  let msPerToken = 0;
  for (const tokenCount of prefillCounts) {
    const isTooSlow = prefill.length > 0 && msPerToken * tokenCount > plan.budgetMs;
    const samplesMs = isTooSlow ? [] : await timePrefill(contender, plan, tokenCount, now);
    prefill.push({ tokenCount, samplesMs });
    if (samplesMs.length > 0) msPerToken = Math.min(...samplesMs) / tokenCount;
  }
  return { firstPrefillMs, decodeMs, prefill };
}

async function timePrefill(
  contender: Contender,
  { promptTokens, repeats, budgetMs }: TimingPlan,
  tokenCount: number,
  now: () => number,
): Promise<number[]> {
  const samples: number[] = [];
  const endsAt = now() + budgetMs;
  // One to warm up, unless a single one takes most of the budget.
  for (let round = 0; round <= repeats && (round === 0 || now() < endsAt); round += 1) {
    await contender.reset();
    const startedAt = now();
    await contender.step(promptTokens.slice(0, tokenCount));
    samples.push(now() - startedAt);
  }
  return samples.length > 1 ? samples.slice(1) : samples;
}

/** Goes on from the position that the prefill reached. */
function timeDecode(
  contender: Contender,
  { promptTokens, repeats, budgetMs }: TimingPlan,
  now: () => number,
): Promise<number[]> {
  let stepCount = 0;
  const step = () => {
    const tokenId = promptTokens[stepCount % promptTokens.length] as number;
    stepCount += 1;
    return contender.step([tokenId]);
  };
  return timeSamples(step, { repeats, budgetMs, runsMax: DECODE_STEPS_MAX, now });
}
