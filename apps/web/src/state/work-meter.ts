import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import type { DayCounts } from './history-days.ts';
import { ACTIVE_GAP_MS_MAX } from './limits.ts';

/** Phases in which a tab is there for others. */
const ACTIVE: readonly VolunteerState['phase'][] = ['serving', 'draining'];

type Volunteered = Pick<VolunteerState, 'phase' | 'tokensServed' | 'answersHelped' | 'busyMs'>;

/**
 * Follows a volunteer's counters, which begin again with every start, and counts what came on top. Called
 * now and then without a change too, or the time of a quiet tab would not be counted.
 */
export function createWorkMeter(
  count: (counts: Partial<DayCounts>) => void,
  nowMs: () => number = Date.now,
): (state: Volunteered) => void {
  let last = { tokens: 0, answers: 0, busyMs: 0 };
  let activeSinceMs: number | undefined;
  return ({ phase, tokensServed, answersHelped = 0, busyMs = 0 }) => {
    const now = nowMs();
    const next = { tokens: tokensServed, answers: answersHelped, busyMs };
    count({
      tokens: growth(last.tokens, next.tokens),
      answers: growth(last.answers, next.answers),
      busyMs: growth(last.busyMs, next.busyMs),
      // A computer that slept in between gave nothing meanwhile, and clocks are set.
      activeMs:
        activeSinceMs === undefined
          ? 0
          : Math.min(Math.max(0, now - activeSinceMs), ACTIVE_GAP_MS_MAX),
    });
    last = next;
    activeSinceMs = ACTIVE.includes(phase) ? now : undefined;
  };
}

/** How much a counter grew, which may have begun again at nothing. */
export function growth(before: number, now: number): number {
  return now >= before ? now - before : now;
}
