import type { TimedAnswer } from '../../../harness/swarm/swarm-harness.ts';
import { CliError } from '../../error.ts';
import { swarmRequest } from '../../swarm/swarm-request.ts';
import type { SwarmTab } from '../../swarm/swarm-tab.ts';
import { median } from '../report/speeds.ts';
import { gapsOf } from './statistics.ts';

/** Tokens that are not measured: links open, timers settle, and a repeating text has to repeat once. */
const WARM_UP_TOKENS = 36;

export interface Speed {
  readonly tokensPerSecond: number;
  /** Median time between two tokens. */
  readonly tokenMs: number;
  readonly gapsMs: readonly number[];
  readonly timed: TimedAnswer;
}

let seeds = 0;

/** One answer; its speed once it is under way. */
export async function measureSpeed(
  requester: SwarmTab,
  modelRoot: string,
  options: { tokens: number; drafts?: boolean; isRepeating?: boolean; seed?: number },
): Promise<Speed> {
  const { tokens, drafts = false, isRepeating = false } = options;
  seeds += 1;
  const { seed = seeds } = options;
  const tokensMax = WARM_UP_TOKENS + tokens;
  // Halves on the links, as the site asks for them.
  const activation = 'f16' as const;
  const prompt = { seed, promptTokens: 40, tokensMax, drafts, isRepeating, activation };
  const timed = await requester.ask(swarmRequest(modelRoot, prompt));
  return speedOf(timed);
}

export function speedOf(timed: TimedAnswer): Speed {
  const { answer, tokenAtMs } = timed;
  if (answer.error !== undefined) {
    throw new CliError('page-failed', `An answer failed: ${answer.error.message}`);
  }
  const measured = tokenAtMs.slice(WARM_UP_TOKENS);
  const elapsedMs = (measured.at(-1) ?? 0) - (measured[0] ?? 0);
  const gapsMs = gapsOf(measured);
  return {
    tokensPerSecond: (gapsMs.length * 1_000) / elapsedMs,
    tokenMs: median(gapsMs),
    gapsMs,
    timed,
  };
}
