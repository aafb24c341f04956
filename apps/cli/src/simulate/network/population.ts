import { createRandom, type Random } from '@manyhands/testkit/random';
import { drawDevice, drawPlace, pick } from './device.ts';
import type { User } from './session.ts';
import { createVolunteer, type ModelState, type Volunteer } from './swarm.ts';

export interface PopulationOptions {
  readonly seed: number;
  readonly volunteers: number;
  readonly users: number;
  readonly stayMs: number;
  readonly totalMs: number;
}

/** The first of them come within this, one after another, and have loaded; later ones as others leave. */
export const GATHER_MS = 5 * 60_000;

/** Volunteers in the order in which they join; the same for every policy. */
export function drawVolunteers(options: PopulationOptions): Volunteer[] {
  const random = createRandom(options.seed);
  const { volunteers, stayMs, totalMs } = options;
  const joins: number[] = [];
  for (let index = 0; index < volunteers; index += 1) joins.push(random.next() * GATHER_MS);
  // As many come as leave.
  const everyMs = stayMs / volunteers;
  for (let atMs = exponential(random, everyMs); atMs < totalMs; ) {
    joins.push(atMs);
    atMs += exponential(random, everyMs);
  }
  joins.sort((a, b) => a - b);
  return joins.map((atMs, index) =>
    createVolunteer(index, drawDevice(random), atMs, atMs + exponential(random, stayMs)),
  );
}

/** Users, who gather as the volunteers do and stay. Each keeps to the model it has chosen. */
export function drawUsers(
  { seed, users }: PopulationOptions,
  models: readonly ModelState[],
): User[] {
  const random = createRandom(seed + 1);
  return Array.from({ length: users }, (_, index) => ({
    peerId: `u${String(index).padStart(21, '0')}.${'t'.repeat(11)}`,
    place: drawPlace(random),
    model: pick(models, ({ popularity }) => popularity, random.next()),
    asksAtMs: random.next() * GATHER_MS,
    isWatching: false,
  }));
}

export function exponential(random: Random, meanMs: number): number {
  return -Math.log(1 - random.next()) * meanMs;
}
