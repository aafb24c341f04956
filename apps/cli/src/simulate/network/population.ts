import { createRandom, type Random } from '@manyhands/testkit/random';
import { drawDevice, drawPlace } from './device.ts';
import type { User } from './session.ts';
import { createVolunteer, type Volunteer } from './swarm.ts';

export interface PopulationOptions {
  readonly seed: number;
  readonly volunteers: number;
  readonly users: number;
  readonly stayMs: number;
  readonly totalMs: number;
}

/** The first of them come within this, later ones as others leave. */
const GATHER_MS = 5 * 60_000;

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

/** Users who begin to ask once the first volunteers are there. */
export function drawUsers({ seed, users }: PopulationOptions): User[] {
  const random = createRandom(seed + 1);
  return Array.from({ length: users }, (_, index) => ({
    peerId: `u${String(index).padStart(21, '0')}.${'t'.repeat(11)}`,
    place: drawPlace(random),
    asksAtMs: GATHER_MS + random.next() * 60_000,
    model: undefined,
  }));
}

export function exponential(random: Random, meanMs: number): number {
  return -Math.log(1 - random.next()) * meanMs;
}
