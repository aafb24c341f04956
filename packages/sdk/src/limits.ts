/** Tokens of an answer whose length nobody stated: volunteers reserve memory for what may come. */
export const ANSWER_TOKENS_DEFAULT = 1_024;
/** As OpenAI's API has it; more candidates never leave the volunteer than 64. */
export const TOP_LOGPROBS_MAX = 20;
/** How long the list of models is believed. */
export const CATALOG_AGE_MS = 30_000;
/** A worker made from a blob says something within milliseconds, or its policy forbids it. */
export const WORKER_START_TIMEOUT_MS = 3_000;

/** Characters of a request's body: a whole conversation with its escapes. */
export const BODY_CHARACTERS_MAX = 8_000_000;
/** Requests of one page that are under way through the service worker. */
export const EXCHANGES_MAX = 32;
/** A page that runs the SDK takes a request within this, however busy it is. */
export const ACCEPT_TIMEOUT_MS = 5_000;
/** From a request to the first byte of its answer: longer than busy volunteers are waited for. */
export const HEAD_TIMEOUT_MS = 10 * 60_000;
/** A first visit installs the worker before it controls the page. */
export const CONTROL_TIMEOUT_MS = 15_000;
/** Browsers stop a service worker that got no event for 30 s, streams or not. */
export const STAY_AWAKE_INTERVAL_MS = 10_000;
/** Who reads nothing of an answer for this long has gone, with or without a word. */
export const READER_IDLE_TIMEOUT_MS = 10 * 60_000;
/** Chunks of an answer that wait in the service worker for a slow reader. */
export const CHUNKS_WAITING_MAX = 16;
