import type { SpeedGuess } from '@manyhands/planner/speed-guess';
import type { Random } from '@manyhands/testkit/random';
import type { ModelState, Placed, Volunteer } from '../network/swarm.ts';

export const POLICIES = [
  'manyhands',
  'manyhands-measured',
  'manyhands-moves',
  'random',
  'greedy',
  'petals-even',
  'petals-page',
  'petals-oracle',
] as const;
export type PolicyName = (typeof POLICIES)[number];

/** Decides what volunteers hold. What it may know is what its network would tell it. */
export interface Policy {
  /** What a newcomer holds, with the speed it is taken to have there, and its class where it is known. */
  place(volunteer: Volunteer): Choice | undefined;
  /**
   * Asked once a minute: who is to hold something else. Each move counts as soon as it is named, and is
   * seen by who decides the next one.
   */
  moves(volunteers: readonly Volunteer[]): Iterable<Move>;
}

export interface Choice {
  readonly placed: Placed;
  readonly assumedMs: number;
  readonly numericClass?: string;
}

export interface Move {
  readonly volunteer: Volunteer;
  readonly placed: Placed;
}

export interface PolicyParts {
  readonly models: readonly ModelState[];
  readonly speeds: SpeedGuess;
  readonly random: Random;
}
