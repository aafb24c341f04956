import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { PAUSE_DRAIN_TIMEOUT_MS, STOP_DRAIN_TIMEOUT_MS } from '../limits.ts';
import type { PauseSwitch } from './pause-switch.ts';
import type { ServedJob } from './serve-job.ts';
import type { VolunteerBoard } from './volunteer-board.ts';

/** How one served job stands in the directory: serving, draining, or not there while it pauses. */
export interface Presence {
  /** Undefined: not in the directory. */
  readonly state: DirectoryEntry['state'] | undefined;
  /** Serves, or pauses, as the switch says; and from now on whenever it changes. */
  follow(): void;
  /** The person pressed Stop: resolves when what runs has ended, at the latest after the bound. */
  leave(signal: AbortSignal): Promise<void>;
  dispose(): void;
}

/**
 * Pausing is draining: nothing new, what runs may end within a bound, then out of the directory. The
 * weights stay loaded, so that going on is instant.
 */
export function createPresence(options: {
  readonly job: ServedJob;
  readonly pauses: PauseSwitch;
  readonly board: Pick<VolunteerBoard, 'update'>;
  readonly withdraw: () => void;
}): Presence {
  const { job, pauses, board } = options;
  let state: DirectoryEntry['state'] | undefined;
  /** While it drains or pauses. */
  let draining: AbortController | undefined;
  let unsubscribe = (): void => undefined;

  const withdraw = (): void => {
    state = undefined;
    options.withdraw();
    board.update({ phase: 'paused' });
  };
  const drain = async (timeoutMs: number, signal: AbortSignal): Promise<void> => {
    if (state !== undefined) {
      state = 'drains';
      job.announce();
    }
    await job.drain(timeoutMs, signal);
  };
  const pauseNow = async ({ signal }: AbortController): Promise<void> => {
    await drain(PAUSE_DRAIN_TIMEOUT_MS, signal);
    if (!signal.aborted) withdraw();
  };
  const apply = (): void => {
    const { pause } = pauses;
    if (pause === undefined) {
      draining?.abort();
      draining = undefined;
      job.accept();
      state = 'serving';
      board.update({ phase: 'serving', pause: undefined });
      job.announce();
      return;
    }
    if (draining === undefined) {
      draining = new AbortController();
      board.update({ phase: 'draining', pause });
      void pauseNow(draining);
    } else {
      board.update({ pause });
    }
    // A page that does not run cannot drain either: nobody may be sent here meanwhile.
    if (pause.reasons.includes('asleep') && state !== undefined) withdraw();
  };
  const unfollow = (): void => {
    unsubscribe();
    draining?.abort();
  };

  return {
    get state() {
      return state;
    },
    follow() {
      unsubscribe = pauses.subscribe(apply);
      apply();
    },
    async leave(signal) {
      unfollow();
      await drain(STOP_DRAIN_TIMEOUT_MS, signal);
    },
    dispose: unfollow,
  };
}
