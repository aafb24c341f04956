import type { HeldRange } from './coverage.ts';
import { copiesIn, type Supply } from './supply.ts';

/** The range over the thinnest parts of a supply, for a model that is not complete yet. */
export function thinnestRange(
  supply: Supply,
  ranges: readonly HeldRange[],
  random: () => number,
): HeldRange | undefined {
  const thinnest = copiesIn(supply);
  let best: { range: HeldRange; gains: readonly number[] } | undefined;
  let ties = 0;
  for (const range of ranges) {
    const gains = gainsOf(supply, range, thinnest);
    const order = best === undefined ? 1 : compare(gains, best.gains);
    if (order > 0) {
      best = { range, gains };
      ties = 1;
    } else if (order === 0) {
      // Reservoir sampling: each of the equal ranges is kept with the same probability.
      ties += 1;
      if (random() * ties < 1) best = { range, gains };
    }
  }
  return best?.range;
}

/**
 * What a range adds, to be compared in order: parts that are held least of all, whether it begins where
 * the thin part begins (gaps then close from an edge, and the next newcomer finds one run to hold
 * instead of two halves), and all parts weighted by how thin they are.
 */
function gainsOf(supply: Supply, range: HeldRange, thinnest: number): readonly number[] {
  const { copies, embeds, heads } = supply;
  let atThinnest = 0;
  let weight = 0;
  const take = (count: number): void => {
    atThinnest += Number(count === thinnest);
    weight += 1 / (1 + count);
  };
  for (let block = range.firstBlock; block < range.endBlock; block += 1) {
    take(copies[block] as number);
  }
  if (range.embeds) take(embeds);
  if (range.heads) take(heads);
  const before = range.firstBlock === 0 ? undefined : copies[range.firstBlock - 1];
  const beginsAtEdge =
    copies[range.firstBlock] === thinnest && (before === undefined || before > thinnest);
  return [atThinnest, Number(beginsAtEdge), weight];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (Math.abs(difference) > 1e-9) return difference;
  }
  return 0;
}
