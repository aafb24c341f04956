/** Bounds of one call of an embedding model; exceeding one is a coded error. */

/** Texts of one call. */
export const EMBEDDING_TEXTS_MAX = 64;
/** Texts that run together. */
export const EMBEDDING_BATCH_TEXTS_MAX = 16;
/** Texts of one batch times the length of its longest: what attention's memory grows with. */
export const EMBEDDING_BATCH_TOKENS_MAX = 4_096;
/**
 * Longest time one call may compute. The runtime cannot be interrupted, so a call that takes longer
 * costs the worker.
 */
export const EMBEDDING_CALL_MS_MAX = 120_000;
/** Tokens of the text that providers are compared with. */
export const EMBEDDING_MEASURED_TOKENS = 32;
