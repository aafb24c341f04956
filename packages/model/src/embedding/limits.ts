/** Bounds of embedding models. */

/** One file that fits into a browser's WebAssembly memory beside what it computes. */
export const ONNX_FILE_BYTES_MAX = 2 * 1024 ** 3 - 1;
/** The `tokenizer.json` of a model with 250,000 tokens takes about 17 MiB. */
export const TOKENIZER_FILE_BYTES_MAX = 64 * 1024 * 1024;
export const EMBEDDING_DIMENSION_MAX = 16_384;
export const EMBEDDING_TOKENS_MAX = 32_768;
/** Characters of one text that are tokenised at all. */
export const EMBEDDING_TEXT_CHARS_MAX = 65_536;
