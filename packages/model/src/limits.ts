/** Bounds on what a model file and its source may ask of us; beyond them reading fails with a code. */

/** First read of a header: enough for a small model, one round trip for any. */
export const GGUF_FIRST_READ_BYTES = 64 * 1024;
/** Metadata plus tensor index. Vocabularies of 250,000 tokens with merges take about 16 MiB. */
export const GGUF_HEADER_BYTES_MAX = 256 * 1024 * 1024;
export const GGUF_METADATA_COUNT_MAX = 65_536;
export const GGUF_TENSOR_COUNT_MAX = 65_536;
/** The GGUF specification's own bound on a key. */
export const GGUF_KEY_BYTES_MAX = 65_535;
/** ggml itself stops at 64. */
export const GGUF_TENSOR_NAME_BYTES_MAX = 256;
export const GGUF_STRING_BYTES_MAX = 16 * 1024 * 1024;
export const GGUF_ARRAY_LENGTH_MAX = 4 * 1024 * 1024;
export const GGUF_ARRAY_DEPTH_MAX = 4;
export const GGUF_DIM_COUNT_MAX = 4;
export const GGUF_ALIGNMENT_BYTES_MAX = 65_536;

/** Attempts at one Range request, the first included. */
export const HTTP_ATTEMPTS_MAX = 5;
/** Wait before the second attempt; it doubles with each further one. */
export const HTTP_BACKOFF_MS = 250;
export const HTTP_BACKOFF_MS_MAX = 4_000;
/** A request that delivers nothing for this long counts as a network failure. */
export const HTTP_STALL_MS = 15_000;
