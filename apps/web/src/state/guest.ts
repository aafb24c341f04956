import {
  choosePause,
  type GuestConditions,
  type GuestRules,
  nextPauseCheck,
  type Pause,
} from '@manyhands/peer/volunteer/choose-pause';
import type { ConditionsWatch } from '@manyhands/peer/volunteer/guest-conditions';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { DataUsage } from './data-usage.ts';
import { CLOCK_CHECK_INTERVAL_MS } from './limits.ts';

/** Follows the browser; `onChange` runs after each change. */
export type WatchConditions = (onChange: () => void) => ConditionsWatch;

/** Whether this tab should work now, by the person's rules. */
export interface Guest {
  readonly pause: ReadonlySignal<Pause | undefined>;
  readonly conditions: ReadonlySignal<GuestConditions>;
  readonly connectionTold: ConditionsWatch['connectionTold'];
  /** Until when the person paused by hand: `Infinity` until they resume, undefined where they did not. */
  readonly restUntilMs: ReadonlySignal<number | undefined>;
  /** Pauses by hand; `undefined` resumes. */
  rest(untilMs: number | undefined): void;
  /** Looks at the clock, now and whenever it may matter, until the returned function is called. */
  followClock(): () => void;
}

export interface GuestDeps {
  readonly rules: ReadonlySignal<GuestRules>;
  readonly usage: DataUsage;
  readonly watch: WatchConditions;
  readonly nowMs?: () => number;
}

export function createGuest({ rules, usage, watch, nowMs = Date.now }: GuestDeps): Guest {
  const clock = signal(nowMs());
  const watching = watch(() => {
    conditions.value = watching.current;
    look();
  });
  const conditions = signal(watching.current);
  const restUntilMs = signal<number | undefined>(undefined);
  let checkClock = (): void => undefined;
  const look = (): void => {
    usage.refresh();
    clock.value = nowMs();
    // It is over, and its button with it.
    if ((restUntilMs.value ?? Infinity) <= clock.value) restUntilMs.value = undefined;
  };
  const chosen = computed(() => {
    const { bytesUp, bytesDown } = usage.today.value;
    const moment = { nowMs: clock.value, bytesToday: bytesUp + bytesDown };
    return choosePause(conditions.value, rules.value, {
      ...moment,
      restUntilMs: restUntilMs.value,
    });
  });
  let last: Pause | undefined;
  return {
    conditions,
    connectionTold: watching.connectionTold,
    restUntilMs,
    rest(untilMs) {
      restUntilMs.value = untilMs;
      checkClock();
    },
    pause: computed(() => {
      const next = chosen.value;
      // The same pause stays the same object: counting bytes is no change.
      if (JSON.stringify(next) !== JSON.stringify(last)) last = next;
      return last;
    }),
    followClock() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const wait = (): void => {
        clearTimeout(timer);
        look();
        const now = clock.value;
        const waitMs = nextPauseCheck(rules.value, now, restUntilMs.value) - now;
        // Clocks are set and computers sleep, so the moment itself is not waited for in one go.
        timer = setTimeout(wait, Math.min(waitMs, CLOCK_CHECK_INTERVAL_MS));
      };
      // A rest may end before what was waited for.
      checkClock = wait;
      wait();
      return () => {
        checkClock = () => undefined;
        clearTimeout(timer);
      };
    },
  };
}
