import { nextChange, nextMidnight, nextOpening, type Schedule } from './schedule.ts';

/** What a guest looks at; `undefined` where the browser does not tell. */
export interface GuestConditions {
  readonly isHidden: boolean;
  /** A frame that is covered or scrolled away; whole pages leave it out. */
  readonly isOutOfView?: boolean;
  readonly isOnBattery: boolean | undefined;
  /** A connection that is paid by the byte, or whose owner asked for saving. */
  readonly isMetered: boolean | undefined;
}

/** What the person allows. */
export interface GuestRules {
  readonly servesHidden: boolean;
  readonly servesOnBattery: boolean;
  readonly servesMetered: boolean;
  /** Sent, received and downloaded for others in one day; `null` without a bound. */
  readonly dataBytesPerDayMax: number | null;
  /** `null`: at any time. */
  readonly schedule: Schedule | null;
}

export type PauseReason =
  /** The page stopped running, and has not yet proven that it runs again. */
  | 'asleep'
  /** The person pressed Pause. */
  | 'by-hand'
  | 'hidden'
  | 'out-of-view'
  | 'battery'
  | 'metered'
  | 'schedule'
  | 'data-cap';

/** Why a volunteer takes nothing now, and when it goes on where that is known. */
export interface Pause {
  readonly reasons: readonly PauseReason[];
  readonly untilMs?: number;
}

/** What the clock and the counters say. */
export interface GuestMoment {
  readonly nowMs: number;
  readonly bytesToday: number;
  /** The person paused by hand until then; `Infinity` until they say otherwise. */
  readonly restUntilMs?: number | undefined;
}

/** Whether a tab should work now. An unknown condition holds nobody up. */
export function choosePause(
  conditions: GuestConditions,
  rules: GuestRules,
  { nowMs, bytesToday, restUntilMs = 0 }: GuestMoment,
): Pause | undefined {
  const isCapped = rules.dataBytesPerDayMax !== null && bytesToday >= rules.dataBytesPerDayMax;
  const isClosed = rules.schedule !== null && nextOpening(rules.schedule, nowMs) !== nowMs;
  const isResting = restUntilMs > nowMs;
  const events: PauseReason[] = [
    ...(conditions.isHidden && !rules.servesHidden ? (['hidden'] as const) : []),
    ...(conditions.isOutOfView && !rules.servesHidden ? (['out-of-view'] as const) : []),
    ...(conditions.isOnBattery && !rules.servesOnBattery ? (['battery'] as const) : []),
    ...(conditions.isMetered && !rules.servesMetered ? (['metered'] as const) : []),
  ];
  const reasons: PauseReason[] = [
    ...(isResting ? (['by-hand'] as const) : []),
    ...events,
    ...(isClosed ? (['schedule'] as const) : []),
    ...(isCapped ? (['data-cap'] as const) : []),
  ];
  if (reasons.length === 0) return undefined;
  // Nobody knows when a cable is plugged in, or a person presses a button.
  if (events.length > 0 || restUntilMs === Infinity) return { reasons };
  const freshMs = Math.max(isCapped ? nextMidnight(nowMs) : nowMs, restUntilMs);
  const untilMs = rules.schedule === null ? freshMs : nextOpening(rules.schedule, freshMs);
  return untilMs === undefined ? { reasons } : { reasons, untilMs };
}

/** When the clock alone may change the choice: a schedule begins or ends, a rest does, or a new day. */
export function nextPauseCheck(rules: GuestRules, nowMs: number, restUntilMs = 0): number {
  const change = rules.schedule === null ? undefined : nextChange(rules.schedule, nowMs);
  const restEnd = restUntilMs > nowMs ? restUntilMs : Infinity;
  return Math.min(nextMidnight(nowMs), change ?? Infinity, restEnd);
}
