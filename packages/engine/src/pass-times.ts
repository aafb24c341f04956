import { PASS_TOKENS_MAX } from './limits.ts';

/** How long passes take by their rows, learnt from the last ones. Pure: times are passed in. */
export interface PassTimes {
  took(rowCount: number, ms: number): void;
  /**
   * How many rows more a pass of `rowCount` rows may have and take at most `factor` times as long.
   * A whole number, not negative, at most `PASS_TOKENS_MAX`.
   */
  roomBeside(rowCount: number, factor: number): number;
}

/** What earlier passes count for after each one more: a device warms up, and others use it too. */
const FADE = 0.95;
/** Until passes of different lengths were seen, a pass costs as much as so many rows. */
const BASE_ROWS_GUESS = 8;

/** A line through the last passes, by least squares with fading weights: a base and so much a row. */
export function createPassTimes(): PassTimes {
  let weight = 0;
  let rows = 0;
  let ms = 0;
  let rowsSquared = 0;
  let rowsMs = 0;

  /** What a pass costs beside its rows, counted in rows. */
  const baseRows = (): number => {
    const spread = rowsSquared - (rows * rows) / weight;
    // All passes were of the same length, or none was.
    if (!(spread > 0.5)) return BASE_ROWS_GUESS;
    const msPerRow = (rowsMs - (rows * ms) / weight) / spread;
    if (msPerRow <= 0) return PASS_TOKENS_MAX;
    return Math.max(0, (ms - msPerRow * rows) / weight / msPerRow);
  };

  return {
    took(rowCount, passMs) {
      weight = weight * FADE + 1;
      rows = rows * FADE + rowCount;
      ms = ms * FADE + passMs;
      rowsSquared = rowsSquared * FADE + rowCount * rowCount;
      rowsMs = rowsMs * FADE + rowCount * passMs;
    },
    roomBeside(rowCount, factor) {
      const room = (factor - 1) * (baseRows() + rowCount);
      return Math.min(PASS_TOKENS_MAX, Math.floor(room + 1e-6));
    },
  };
}
