import type { SwarmTab } from '../../swarm/swarm-tab.ts';
import { median } from '../report/speeds.ts';

/** Where the time of a token goes: each number by one clock, the middle of many tokens. */
export interface TokenWays {
  /** Milliseconds from the last stage's answer to the next step, in the requester's page. */
  readonly requesterMs: number;
  /** Milliseconds from a frame's arrival in a stage's page to its result's departure. */
  readonly turnaroundMs: number;
  /** Milliseconds from a frame's departure to its arrival, what holds it back on purpose included. */
  readonly linkMs: number;
}

/**
 * Reads what the tabs measured since they were last read, while one answer after the other was without
 * drafts: one frame at a time is then under way. What the requester waits for and no stage had it for,
 * the links had, one more than there are stages.
 */
export async function takeTokenWays(
  requester: SwarmTab,
  stages: readonly SwarmTab[],
): Promise<TokenWays> {
  const tripMs = median(await requester.takeTrips());
  const requesterMs = median(await requester.takeTurnarounds());
  const turnaroundsMs: number[] = [];
  for (const stage of stages) {
    await stage.takeTrips();
    turnaroundsMs.push(median(await stage.takeTurnarounds()));
  }
  return { requesterMs, ...divideTrip(tripMs, turnaroundsMs) };
}

/** The shares of stages and links in a trip from the requester through all stages and back. */
export function divideTrip(
  tripMs: number,
  turnaroundsMs: readonly number[],
): Pick<TokenWays, 'turnaroundMs' | 'linkMs'> {
  const stagesMs = turnaroundsMs.reduce((sum, ms) => sum + ms, 0);
  return {
    turnaroundMs: stagesMs / turnaroundsMs.length,
    linkMs: (tripMs - stagesMs) / (turnaroundsMs.length + 1),
  };
}
