/** Largest known vocabularies hold about 262,000 tokens. */
export const VOCABULARY_TOKENS_MAX = 1 << 20;
export const MERGES_MAX = 1 << 21;
/** UTF-16 units of one token; the longest runs of spaces in real vocabularies have some hundreds. */
export const TOKEN_CHARS_MAX = 4096;
/** Texts that are searched for in every prompt; gemma has about 6,500. */
export const SPECIAL_TOKENS_MAX = 1 << 14;
/** UTF-16 units of one text to encode: far above any context, far below what freezes a tab. */
export const ENCODE_CHARS_MAX = 1 << 22;
