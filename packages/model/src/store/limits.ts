/** Bounds of the weight store. */

/** One Range request asks for at most this much. */
export const RUN_BYTES_MAX = 8 * 1024 * 1024;
export const RUNS_IN_FLIGHT_MAX = 3;
/** Pieces read from the cache before they are asked for. */
export const CACHE_READS_IN_FLIGHT_MAX = 4;
/** Verified pieces that wait for the reader, requests under way included. */
export const READ_AHEAD_BYTES_MAX = 32 * 1024 * 1024;
export const READ_AHEAD_COUNT_MAX = 256;
/** Alignment padding that a request may run over rather than stop at: far below the 10 % allowed. */
export const RUN_GAP_BYTES_MAX = 64;

/** Attempts at one mirror without a single piece arriving, the first included. */
export const ATTEMPTS_MAX = 4;
/** Wait before the second attempt; it doubles with each further one. */
export const BACKOFF_MS = 250;
export const BACKOFF_MS_MAX = 4_000;
/** A request that delivers nothing for this long counts as a network failure. */
export const STALL_MS = 15_000;

/** The store reports progress at most this often, besides the last report. */
export const PROGRESS_INTERVAL_MS = 100;
/** The rate is measured over this long. */
export const RATE_WINDOW_MS = 4_000;

/** What `memory-cache` keeps unless told otherwise. */
export const MEMORY_CACHE_BYTES_MAX = 64 * 1024 * 1024;

/** More than any browser grants a site; a bound above it was not written by us. */
export const KEEP_BYTES_LIMIT_MAX = 1e15;
