import { identityOf } from '@manyhands/protocol/id';
import { RETRY_AFTER_MS_MAX, SESSIONS_MAX } from '@manyhands/protocol/limits';
import {
  IDENTITY_SESSIONS_MAX,
  RETRY_AFTER_MS_MIN,
  STEP_MS_WELL_MAX,
  TURN_GRACE_MS,
  TURNS_MAX,
} from '../limits.ts';
import type { HostedSession } from './hosted-session.ts';

/** A session that has a place in a stage. */
export interface Place {
  readonly identity: string;
  /** When it will have ended at the latest, if it goes on as it does; unknown before it got on. */
  readonly leftMs?: number;
  readonly stepMs?: number;
}

/** Decides who is served now and tells the others when. Pure: the time is passed in. */
export interface Admission {
  /**
   * Undefined where there is room for this session, else the milliseconds until there probably is.
   * Whoever was told to wait keeps its turn, if it asks again in time.
   */
  ask(
    asked: { readonly sessionId: string; readonly identity: string },
    places: readonly Place[],
    nowMs: number,
  ): number | undefined;
}

/** Served where it has a place: what it has left to write, at its own speed. */
export function placeOf({
  owner,
  heldPositions,
  positionsMax,
  gapMs,
  stepMs,
}: HostedSession): Place {
  const left = Math.max(0, positionsMax - heldPositions);
  return {
    identity: identityOf(owner.peerId),
    ...(gapMs !== undefined && { leftMs: left * gapMs }),
    ...(stepMs !== undefined && { stepMs }),
  };
}

/** When the first of these sessions will have ended. */
export function soonestEnd(places: readonly Place[]): number {
  return endOf(places, 0);
}

export function createAdmission(): Admission {
  /** Who was told to wait, the first first, and until when that turn is kept. */
  const turns = new Map<string, number>();

  const turnsBefore = (sessionId: string): number => {
    const index = [...turns.keys()].indexOf(sessionId);
    return index < 0 ? turns.size : index;
  };

  return {
    ask({ sessionId, identity }, places, nowMs) {
      for (const [waiting, untilMs] of turns) if (untilMs < nowMs) turns.delete(waiting);
      const own = places.filter((place) => place.identity === identity);
      if (own.length >= IDENTITY_SESSIONS_MAX) return endOf(own, 0);
      const before = turnsBefore(sessionId);
      const free = roomOf(places) - places.length;
      if (free > before) {
        turns.delete(sessionId);
        return undefined;
      }
      const waitMs = endOf(places, before - Math.max(0, free));
      if (turns.has(sessionId) || turns.size < TURNS_MAX) {
        turns.set(sessionId, nowMs + waitMs + TURN_GRACE_MS);
      }
      return waitMs;
    },
  };
}

/** As many as can be served well: with one more, each waits a little longer for its tokens. */
function roomOf(places: readonly Place[]): number {
  const slowest = Math.max(0, ...places.map(({ stepMs = 0 }) => stepMs));
  const isSlow = slowest * (1 + 1 / Math.max(1, places.length)) > STEP_MS_WELL_MAX;
  return places.length > 0 && isSlow ? Math.min(places.length, SESSIONS_MAX) : SESSIONS_MAX;
}

/** When the session ends that ends after `index` others, within what is worth waiting for. */
function endOf(places: readonly Place[], index: number): number {
  const ends = places.map(({ leftMs = RETRY_AFTER_MS_MAX / 4 }) => leftMs).sort((a, b) => a - b);
  const end = ends[Math.min(index, ends.length - 1)] ?? RETRY_AFTER_MS_MIN;
  return Math.round(Math.min(RETRY_AFTER_MS_MAX, Math.max(RETRY_AFTER_MS_MIN, end)));
}
