import type { Meter } from './meter.ts';
import type { Piece } from './piece-table.ts';

/** What will be read and whether the reader keeps to it. */
export interface ReadingOrder {
  /** Adds groups of pieces, one for each tensor, that are not planned yet. */
  plan(groups: readonly (readonly Piece[])[]): void;
  /**
   * A group is about to be read. The result gives what comes after its piece `index`: the rest of
   * the plan while groups are read in order, else only the rest of the group. A reader that jumps
   * about would fill memory with what it wants much later.
   */
  begin(group: readonly Piece[]): (index: number) => Iterable<Piece>;
}

export function createReadingOrder(meter: Meter): ReadingOrder {
  const groups: (readonly Piece[])[] = [];
  /** First slot of a group -> its place in the plan. */
  const places = new Map<number, number>();
  let previous = -1;
  return {
    plan(added) {
      for (const group of added) {
        const slot = group[0]?.slot;
        if (slot === undefined || places.has(slot)) continue;
        places.set(slot, groups.length);
        groups.push(group);
        meter.plan(group.reduce((sum, piece) => sum + piece.end - piece.start, 0));
      }
    },
    begin(group) {
      const place = places.get(group[0]?.slot ?? -1) ?? -1;
      const isInOrder = place === previous + 1;
      previous = place;
      return function* upcoming(index) {
        yield* group.slice(index + 1);
        if (!isInOrder) return;
        for (let next = place + 1; next < groups.length; next += 1) yield* groups[next] ?? [];
      };
    },
  };
}
