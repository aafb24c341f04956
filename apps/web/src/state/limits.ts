/** Bounds of everything a person, the relay or a browser's storage can hand to the site. */

/** What one message may hold; the tokenizer counts exactly, this only keeps a paste from freezing the tab. */
export const PROMPT_CHARS_MAX = 32_000;
export const SYSTEM_PROMPT_CHARS_MAX = 4_000;
/** Questions and answers of one conversation. */
export const TURNS_MAX = 200;
/** An answer longer than this is cut in the store, never on the page. */
export const ANSWER_CHARS_MAX = 200_000;
/** `sessionStorage` holds about 5 MB; a conversation above this is not kept over a reload. */
export const CONVERSATION_CHARS_MAX = 1_000_000;

export const STOP_STRINGS_MAX = 8;
export const STOP_STRING_CHARS_MAX = 64;
export const ANSWER_TOKENS_MAX = 8_192;
export const STAGES_MIN_MAX = 64;
export const SEED_MAX = 0xffff_ffff;

/** Alone in a tab a model gets its weights, a part of which types without a kernel may grow by, */
export const LOCAL_WEIGHTS_FACTOR = 1.5;
/** and this for the conversation. */
export const LOCAL_KV_BYTES = 512 * 1024 * 1024;

/** Tokens arrive faster than a screen redraws: text is put on the page this often. */
export const RENDER_INTERVAL_MS = 40;
/** After Stop a requester closes its sessions; the page does not wait for it longer than this. */
export const STOP_TIMEOUT_MS = 2_000;

/** A relay that did not answer by then does not hold up what can be found out without it. */
export const PREFLIGHT_RELAY_WAIT_MS = 5_000;

/** A day's data is written at most this often. */
export const DATA_WRITE_INTERVAL_MS = 2_000;
/** A contribution looks at the clock at least this often. */
export const CLOCK_CHECK_INTERVAL_MS = 60_000;

/** While the relay hashes a model its progress is worth asking for. */
export const CATALOG_BUSY_INTERVAL_MS = 2_000;
export const CATALOG_IDLE_INTERVAL_MS = 60_000;
export const CATALOG_RETRY_INTERVAL_MS = 5_000;

/** Markdown above this is shown as plain text. */
export const MARKDOWN_CHARS_MAX = 200_000;
/** Quotes in quotes in lists: deeper levels are shown as plain text. */
export const MARKDOWN_DEPTH_MAX = 12;

/** Repairs one answer lists; the planner's own bound is lower. */
export const NOTICES_MAX = 16;

/** Embedding sites one browser remembers a consent for; the oldest go. */
export const CONSENT_SITES_MAX = 200;
/** A line of the footer, as the operator wrote it. */
export const FACT_CHARS_MAX = 200;
/** The first connection waits for it where another host has the relay. */
export const FACTS_TIMEOUT_MS = 5_000;
