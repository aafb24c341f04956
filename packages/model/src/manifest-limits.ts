/** Bounds on a manifest; a file beyond them cannot be published by a relay or loaded by a tab. */

/** Every tensor, and the header, is cut at this size; a piece never crosses a tensor. */
export const PIECE_BYTES = 1024 * 1024;
/** As JSON. The manifest of a 64 GiB model takes about 5 MiB. */
export const MANIFEST_BYTES_MAX = 16 * 1024 * 1024;
export const MODEL_FILE_BYTES_MAX = 64 * 1024 ** 3;
export const MODEL_BLOCK_COUNT_MAX = 1024;
/** Sizes along one dimension of the model: hidden, feed-forward, heads, vocabulary, context. */
export const MODEL_DIMENSION_MAX = 16 * 1024 * 1024;
/** `createManifest` reads this much at a time and holds two reads at most. */
export const MANIFEST_READ_BYTES = 8 * 1024 * 1024;
