/** Bounds of the frame that other sites show. They are tighter than those of the site itself. */

/** A consent counts only where the frame was really visible for this long. */
export const VISIBLE_MS_MIN = 500;
/** It must stay visible for this long after the press: the browser looks only every 100 ms. */
export const VISIBLE_AFTER_MS = 300;
/** The browser's own bound for looking at what is really visible. */
export const VISIBILITY_DELAY_MS = 100;
/** Less than this cannot show what somebody would say yes to. */
export const FRAME_WIDTH_MIN = 240;
export const FRAME_HEIGHT_MIN = 150;
/** Browser zoom goes from a quarter to five times; with a little more nothing was moved. */
export const SCALE_MIN = 0.2;
export const SCALE_MAX = 6;
/** What rounding may make of a distance, in pixels of the screen. */
export const MOVE_TOLERANCE = 4;

/** At most 30 % of the time and 300 MB, until the visitor raises it in the frame. */
export const FRAME_SHARE = 0.3;
const MEGABYTE = 1_000_000;
export const FRAME_MEMORY_BYTES = 300 * MEGABYTE;
export const FRAME_MEMORY_STEPS: readonly number[] = [100, 200, 300, 500, 1_000, 2_000].map(
  (megabytes) => megabytes * MEGABYTE,
);
export const FRAME_DATA_BYTES = 500 * MEGABYTE;

/** A page hears at most once in this time what was served. */
export const SERVED_INTERVAL_MS = 500;
/** How often a frame looks whether its consent was taken back elsewhere. */
export const REVOCATION_CHECK_MS = 400;
/** A frame that is covered or scrolled away for this long rests. */
export const UNSEEN_MS = 1_000;
