import { createRandom } from '@manyhands/testkit/random';

/** Volunteers of one kind are alike: that keeps the number of plans small enough to try all. */
export interface Kind {
  readonly msPerBlock: number;
  /** Blocks of the large model that fit. */
  readonly blocks: number;
}

/** Twelve volunteers and two models: one that everybody can hold whole, and one of four blocks. */
export interface SmallNetwork {
  readonly kinds: readonly Kind[];
  /** Kind of each volunteer, in the order in which they come. */
  readonly volunteers: readonly number[];
  readonly demand: { readonly small: number; readonly large: number };
}

export const VOLUNTEERS = 12;
export const LARGE_BLOCKS = 4;

export function drawSmallNetwork(seed: number): SmallNetwork {
  const random = createRandom(seed);
  const between = (min: number, max: number) => min + (max - min) * random.next();
  const kinds = [
    { blocks: 1, msPerBlock: between(15, 45) },
    { blocks: 2, msPerBlock: between(5, 20) },
    { blocks: 4, msPerBlock: between(2, 8) },
  ];
  // Half of the networks have nobody who could run the large model alone.
  const kindCount = 2 + random.below(2);
  const volunteers = Array.from({ length: VOLUNTEERS }, () => random.below(kindCount));
  const demand = { small: 1 + random.below(12), large: 1 + random.below(12) };
  return { kinds, volunteers, demand };
}

/** What one volunteer may hold: the small model (-1), or the large one from a block. */
export function optionsOf({ blocks }: Kind): number[] {
  return [-1, ...Array.from({ length: LARGE_BLOCKS - blocks + 1 }, (_, index) => index)];
}
