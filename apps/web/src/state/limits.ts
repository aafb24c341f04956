/** Bounds of everything a person, the relay or a browser's storage can hand to the site. */

/** What one message may hold; the tokenizer counts exactly, this only keeps a paste from freezing the tab. */
export const PROMPT_CHARS_MAX = 32_000;
export const SYSTEM_PROMPT_CHARS_MAX = 4_000;
/** No file of more bytes has few enough characters: none takes more than four. */
export const PROMPT_FILE_BYTES_MAX = 4 * PROMPT_CHARS_MAX;
/** Files beside one message. */
export const PROMPT_FILES_MAX = 8;
/** A longer name is cut where it is shown and sent. */
export const PROMPT_FILE_NAME_CHARS_MAX = 80;
/** From here on the length of a message is shown while it is typed. */
export const PROMPT_CHARS_NOTED = 1_000;
/** Characters of a token, as far as one can tell without the model's tokenizer. */
export const TOKEN_CHARS_GUESS = 4;
/** Questions and answers on one path through a conversation. */
export const TURNS_MAX = 200;
/** And on all its branches together, after which nobody asks on. */
export const BRANCH_TURNS_MAX = 1_000;
/** What tabs that did not know of each other added up to that is kept all the same. */
export const KEPT_TURNS_MAX = 4 * BRANCH_TURNS_MAX;
/** The last moment that `Date` knows; formatting a later one throws. */
export const TIME_MS_MAX = 8.64e15;
/** An answer longer than this is cut in the store, never on the page. */
export const ANSWER_CHARS_MAX = 200_000;
/** `sessionStorage` holds about 5 MB; a conversation above this is not handed over in it. */
export const CONVERSATION_CHARS_MAX = 1_000_000;
export const CONVERSATION_TITLE_CHARS_MAX = 200;
/** Of a title made from the first question. */
export const SHORT_TITLE_CHARS_MAX = 80;
/** Conversations that one browser lists, and that one file may bring. */
export const CONVERSATIONS_MAX = 10_000;
/** Read at once, so that thousands do not hold up the page. */
export const CONVERSATION_BATCH = 100;
/** Records that could not be read are kept aside, the newest of them. */
export const DAMAGED_MAX = 200;
/** A file of conversations to be read. */
export const IMPORT_BYTES_MAX = 64 * 1024 * 1024;
/** Refused conversations that a report names. */
export const IMPORT_REFUSALS_MAX = 50;
export const SEARCH_CHARS_MAX = 200;
export const SEARCH_WORDS_MAX = 8;
/** Listed at first; a button shows as many more. */
export const HISTORY_PAGE = 200;

/** A growing answer is written to disk this often: what a crash may cost. */
export const ANSWER_SAVE_INTERVAL_MS = 1_000;
/** What could not be written is tried again after this. */
export const SAVE_RETRY_INTERVAL_MS = 10_000;
/** How long a deletion can be undone. */
export const UNDO_MS = 8_000;
/** Without locks a tab that answers says so this often, */
export const ANSWERING_TELL_INTERVAL_MS = 2_000;
/** and counts as gone when it was not heard for this long. */
export const ANSWERING_SILENCE_MS = 6_000;

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

/** Speeds that are predicted at once when models are compared; each asks the relay who holds one. */
export const FORECASTS_MAX = 12;
/** A forecast that takes longer is unknown. */
export const FORECAST_TIMEOUT_MS = 15_000;

/** Longer code keeps one colour: a grammar takes its time over it. */
export const CODE_COLOUR_CHARS_MAX = 30_000;
/** Code that grows is coloured again at most this often. */
export const CODE_COLOUR_INTERVAL_MS = 250;

/** Repairs one answer lists; the planner's own bound is lower. */
export const NOTICES_MAX = 16;

/** Embedding sites one browser remembers a consent for; the oldest go. */
export const CONSENT_SITES_MAX = 200;
/** A line of the footer, as the operator wrote it. */
export const FACT_CHARS_MAX = 200;
/** The first connection waits for it where another host has the relay. */
export const FACTS_TIMEOUT_MS = 5_000;

/** As they are kept with an answer. */
export const MODEL_NAME_CHARS_MAX = 200;
export const MODEL_FILE_CHARS_MAX = 255;
/** Volunteers that are remembered as blocked: as many as an answer can avoid. */
export const BLOCKED_MAX = 256;
/** What a relay takes of a report. */
export const REPORT_NOTE_CHARS_MAX = 500;
export const REPORT_TEXT_CHARS_MAX = 20_000;
export const REPORT_PEERS_MAX = 8;
/** Other tabs leave at once when they are told; a frozen one never does. */
export const ERASE_TABS_WAIT_MS = 4_000;
/** Each part of what is kept is given this long to go. */
export const ERASE_WAIT_MS = 10_000;

/** Models whose volunteers one page looks at; an answer needs some of a tab's watches too. */
export const VOLUNTEER_WATCHES_MAX = 4;
/** More lines than this nobody compares. */
export const SPEEDS_SHOWN_MAX = 12;
/** Changes of coverage that a tab remembers. */
export const COVERAGE_EVENTS_MAX = 50;
/** Lines of what happened lately. */
export const NETWORK_EVENTS_SHOWN_MAX = 50;

/** A day of minutes is what a relay keeps. */
export const HISTORY_SAMPLES_MAX = 1_440;
export const HISTORY_CHARS_MAX = 1_000_000;
/** No count of anything here is above it. */
export const HISTORY_COUNT_MAX = 1e12;
export const HISTORY_TIMEOUT_MS = 10_000;
/** A relay counts once a minute. */
export const HISTORY_REFRESH_MS = 60_000;
/** Rows of the table beside a chart. */
export const CHART_TABLE_ROWS = 24;

/** More cases than the benchmark has. */
export const BENCH_CASES_KEPT_MAX = 128;
export const BENCH_MS_MAX = 3_600_000;
/** Two runs on one device differ by as much without any reason. */
export const BENCH_NOISE = 0.05;
/** A page waits for the words of its language no longer than this before it is drawn in English. */
export const LANGUAGE_WAIT_MS = 1_500;

/** How often an open tab asks whether there is a newer version of the site. */
export const UPDATE_CHECK_MS = 3_600_000;
/** A reload waits for running answers of others: a little longer than Stop lets them take. */
export const UPDATE_DRAIN_MS = 12_000;
/** …for the newest version to be fetched, */
export const UPDATE_FETCH_MS = 10_000;
/** …and for it to take over. Then the page is reloaded in any case. */
export const UPDATE_TAKEOVER_MS = 3_000;
/** Days of contributions that are remembered; older ones go. */
export const HISTORY_DAYS_MAX = 400;
/** Days that the Contribute page draws. */
export const HISTORY_DAYS_SHOWN = 30;
/** What a tab gave is written at most this often. */
export const HISTORY_WRITE_INTERVAL_MS = 2_000;
/** The time of a quiet tab is counted this often; timers of hidden tabs fire once a minute. */
export const ACTIVE_COUNT_INTERVAL_MS = 10_000;
/** A longer gap than this was sleep. */
export const ACTIVE_GAP_MS_MAX = 90_000;
/** A minute of speed, a sample a second. */
export const RATE_INTERVAL_MS = 1_000;
export const RATE_SAMPLES_MAX = 60;
/** Lights of the stage's picture: so often at most, */
export const PULSE_INTERVAL_MS = 250;
/** and its figures are of so long. */
export const FLOW_WINDOW_MS = 2_000;
/** What a device may be said to draw while it computes. */
export const WATTS_MIN = 1;
export const WATTS_MAX = 2_000;
export const WATTS_DEFAULT = 30;
/** A pause for an hour, and the hour at which one until tomorrow ends. */
export const REST_HOUR_MS = 3_600_000;
export const REST_MORNING_HOUR = 7;
