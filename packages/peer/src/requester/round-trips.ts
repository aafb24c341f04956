import { HOP_MS } from '@manyhands/planner/chain';
import type { Transport } from '@manyhands/swarm/link';
import { ROUND_TRIPS_KNOWN_MAX } from '../limits.ts';

/** Milliseconds of a step there and back between two peers, as far as this tab can tell. */
export interface KnownRoundTrips {
  /** Asks the links of this tab. */
  refresh(): Promise<void>;
  /** What a stage said about its link to another one. */
  told(from: string, to: string, ms: number): void;
  between(from: string, to: string): number;
}

/**
 * What a step takes longer at one end of a hop than a message does: a frame is made or read, and goes to
 * the engine's worker or comes from it. Measured on two cores; see docs/planner.md.
 */
export const HANDLING_MS = 0.5;

/**
 * This tab's own links are measured, stages tell about theirs, and both are remembered. Between two
 * others half of both ways is taken where nobody told: two that are near to here are near to each other.
 * Where nothing is known: see `usual`.
 */
export function createKnownRoundTrips(
  transport: Pick<Transport, 'peerId' | 'roundTrips'>,
): KnownRoundTrips {
  const here = transport.peerId;
  const own = new Map<string, number>();
  const pairs = new Map<string, number>();

  /**
   * The median of what this tab measured, with the published middle as one measurement more: half of
   * every way from here is this tab's own access, but one near neighbour makes nobody else near.
   */
  const usual = (): number => {
    const sorted = [2 * HOP_MS, ...own.values()].sort((a, b) => a - b);
    const middle = (sorted.length - 1) / 2;
    return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  };

  const messageMs = (from: string, to: string): number | undefined => {
    if (from === here) return own.get(to);
    if (to === here) return own.get(from);
    const told = pairs.get(`${from} ${to}`) ?? pairs.get(`${to} ${from}`);
    if (told !== undefined) return told;
    const [there, onwards] = [own.get(from), own.get(to)];
    return there === undefined || onwards === undefined ? undefined : (there + onwards) / 2;
  };

  return {
    async refresh() {
      for (const [peerId, ms] of await transport.roundTrips()) {
        if (peerId !== here) remember(own, peerId, ms);
      }
    },
    told(from, to, ms) {
      if (from !== here && to !== here) remember(pairs, `${from} ${to}`, ms);
    },
    between: (from, to) => 2 * HANDLING_MS + (messageMs(from, to) ?? usual()),
  };
}

/** The latest last, and the oldest forgotten. */
function remember(known: Map<string, number>, key: string, ms: number): void {
  known.delete(key);
  known.set(key, ms);
  if (known.size > ROUND_TRIPS_KNOWN_MAX) known.delete(known.keys().next().value ?? '');
}
