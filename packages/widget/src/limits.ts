/** A frame that has not loaded by then will not. */
export const LOAD_TIMEOUT_MS = 20_000;
/** From its load on: a browser's error page loads too, and says nothing. */
export const READY_TIMEOUT_MS = 2_500;
