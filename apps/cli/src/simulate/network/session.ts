import { loadFactor } from '@manyhands/planner/chain';
import { type Place, roundTripBetween } from './device.ts';
import type { ModelState, Volunteer } from './swarm.ts';

/** Somebody who has chosen a model, asks, waits for the answer, reads it and asks again. */
export interface User {
  readonly peerId: string;
  readonly place: Place;
  readonly model: ModelState;
  /** When it asks next; infinite while an answer is computed. */
  asksAtMs: number;
  /** It has opened the page. */
  isWatching: boolean;
}

export interface SessionStage {
  readonly volunteer: Volunteer;
  readonly blocks: number;
}

/** One answer that is being computed. */
export interface Session {
  readonly user: User;
  readonly model: ModelState;
  readonly askedAtMs: number;
  readonly promptTokens: number;
  stages: readonly SessionStage[];
  tokensLeft: number;
  tokensDone: number;
  /** Opening and prefill that are still to be waited for. */
  stallMs: number;
}

/** Milliseconds a token takes now, with everybody who shares the stages. */
export function tokenMsOf({ user, stages, model }: Session): number {
  let ms = 0;
  let from = user.place;
  for (const [index, { volunteer, blocks }] of stages.entries()) {
    const { device, entry, holder } = volunteer;
    const headBlocks = index === stages.length - 1 ? model.headBlocks : 0;
    const computeMs = (holder?.msPerBlock ?? 0) * (blocks + headBlocks);
    // Its own session is in the count.
    ms += roundTripBetween(from, device.place) / 2 + computeMs * loadFactor(entry.sessions - 1);
    from = device.place;
  }
  return ms + roundTripBetween(from, user.place) / 2;
}

/** Signalling and ICE to the farthest stage, one round trip to open, and the relay's part. */
const OPENING_ROUND_TRIPS = 4;
const OPENING_MS = 100;

/** From the request to the end of the prefill: what a repair costs again, with all tokens so far. */
export function startMsOf(session: Session, tokens: number): number {
  const { user, stages } = session;
  let farthestMs = 0;
  let prefillMs = 0;
  for (const { volunteer, blocks } of stages) {
    const { device, entry, holder } = volunteer;
    farthestMs = Math.max(farthestMs, roundTripBetween(user.place, device.place));
    const rowMs = (holder?.msPerBlock ?? 0) / device.prefillRows;
    prefillMs += tokens * rowMs * blocks * loadFactor(entry.sessions - 1);
  }
  return OPENING_MS + OPENING_ROUND_TRIPS * farthestMs + prefillMs;
}
