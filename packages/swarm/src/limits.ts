/** Bounds of this package's own queues and waits; those of the wire are in `protocol/limits`. */

/** Sealed signals are padded to one of these, so that their size says little. */
export const SEAL_CONTENT_BYTES = [2_048, 8_192, 36_000] as const;
/** Senders whose last signals are remembered, and how many of each, to recognise a replay. */
export const REPLAY_SENDERS_MAX = 512;
export const REPLAY_NONCES_MAX = 128;
