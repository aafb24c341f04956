import { FRAME_TOKENS_MAX } from '@manyhands/protocol/limits';

/** Rows of one prefill chunk: small enough that chunk k+1 is in stage 0 while k is in stage 1. */
export const PREFILL_CHUNK_TOKENS = 32;
/** Credits are returned in pairs: half the messages, and the window never closes. */
export const CREDITS_PER_MESSAGE = 2;
/** Tokens the repetition penalty looks back on, as in llama.cpp. */
export const REPETITION_WINDOW_TOKENS = 64;
export const TOKENS_MAX = 32_768;
export const STOP_STRINGS_MAX = 16;
export const STOP_STRING_LENGTH_MAX = 200;
/** Messages of one conversation and characters of one prompt that are looked at at all. */
export const MESSAGES_MAX = 1_000;
/** Identities that one answer avoids. */
export const AVOIDED_MAX = 256;
export const PROMPT_CHARACTERS_MAX = 4_000_000;
/** How long a requester waits for the first directory snapshot of a model. */
export const ROSTER_TIMEOUT_MS = 8_000;
/** How long texts that lost their volunteer wait for another one. */
export const COVERAGE_WAIT_MS = 20_000;
/** How long an interrupted answer waits for somebody to hold the missing blocks: it says so, and Stop ends it. */
export const ANSWER_WAIT_MS = 5 * 60_000;
/** Before a volunteer that just failed is asked again, where there is no other. */
export const SECOND_TRY_WAIT_MS = 300;
/** How long a closing chain waits for the stages' accounts. */
export const CLOSE_TIMEOUT_MS = 1_000;
/** A volunteer's start waits this long for the relay. */
export const RELAY_OPEN_TIMEOUT_MS = 15_000;
/** Stopping is immediate for the person: whatever has not ended by then is cut off. */
export const STOP_TIMEOUT_MS = 800;
/** Catalogue and manifest are small; a dead relay must not hang the page. */
export const FETCH_TIMEOUT_MS = 15_000;
export const CATALOG_BYTES_MAX = 4 * 1024 * 1024;
/** Models that a member looks for in its circle: two of a tab's watches are left for others. */
export const CIRCLE_MODELS_MAX = 6;
/** How often a member asks its relay which models there are, */
export const CIRCLE_CATALOG_INTERVAL_MS = 60_000;
/** and how soon again after that failed. */
export const CIRCLE_CATALOG_RETRY_MS = 5_000;
/** A circle's end is looked at by the clock at least this often: computers sleep. */
export const EXPIRY_CHECK_MS = 60_000;
/** How long a newcomer waits to hear what members hold already. */
export const CIRCLE_ROSTER_WAIT_MS = 4_000;
/** State changes are published at most this often while tokens flow. */
export const STATE_INTERVAL_MS = 200;
/** An engine that works is asked this often for how long it did. */
export const STATS_INTERVAL_MS = 1_000;
/** Events of one answer that wait for a slow reader; more than any answer produces. */
export const EVENTS_WAITING_MAX = 2 * TOKENS_MAX;
/** Shapes a tab keeps of models it predicts the speed of: two numbers each. */
export const MODELS_FORECAST_MAX = 256;
/** Tokenizers a tab keeps: they hold the vocabulary in memory. */
export const MODELS_LOADED_MAX = 2;
/** Workers for them that a tab starts, one after another failed, before it does their work itself. */
export const PROMPT_WORKERS_MAX = 2;
/** How long one may take for one call: the largest vocabulary on a slow phone, many times over. */
export const PROMPT_WORKER_MS_MAX = 60_000;
/** Longer than any session may idle: a silent link serves nobody and others need the place. */
export const LINK_IDLE_TIMEOUT_MS = 180_000;
/** Texts of one `embed` call; it is cut into requests. */
export const EMBED_TEXTS_MAX = 2_048;
/** Requests of one call that are under way at a time, each at its own volunteer. */
export const EMBED_REQUESTS_IN_FLIGHT_MAX = 2;
/** How long one volunteer may take for one request before another one is asked. */
export const EMBED_DEADLINE_MS = 30_000;
/** Volunteers asked for the same texts before the call fails. */
export const EMBED_ATTEMPTS_MAX = 4;
/** Before the same volunteer is asked again where there is no other. */
export const EMBED_RETRY_MS = 1_000;
/** Two directory messages may race when somebody asks right after a tab began to serve. */
export const FIRST_ROUTE_WAIT_MS = 1_000;

/** How often a volunteer loads its stage again after the device or the worker failed, */
export const RECOVERIES_MAX = 4;
/** within this time. */
export const RECOVERY_WINDOW_MS = 10 * 60_000;

/** A pause lets running answers end; a person who is waited for that long would wonder. */
export const PAUSE_DRAIN_TIMEOUT_MS = 20_000;
/** Stop waits less: most answers end within, and a second press ends it at once. */
export const STOP_DRAIN_TIMEOUT_MS = 10_000;
/** Beats of a worker's timer that show whether the page runs. */
export const WAKE_BEAT_MS = 1_000;
/** Later than this a page was frozen or the computer slept: longer than any pause of a busy page. */
export const WAKE_GAP_MS = 5_000;
/** Beats in a row that prove a page awake again, each at most this late. */
export const WAKE_BEATS_MIN = 3;
export const WAKE_LATE_MS_MAX = 500;
/** One check of the preflight, whatever a browser does. */
export const PREFLIGHT_TIMEOUT_MS = 9_000;
/** Two ends in one page connect within tens of milliseconds where they may. */
export const LOOPBACK_TIMEOUT_MS = 5_000;
/** Chrome asks a STUN server five times within, and for half a minute after; a person waits less. */
export const GATHER_TIMEOUT_MS = 4_500;

/** Tokens that are looked up in the context for a draft: fewer are found by chance. */
export const DRAFT_NGRAM_MAX = 4;
export const DRAFT_NGRAM_MIN = 2;
/** Drafted tokens that one step verifies: with its own token, 16 rows, half a prefill chunk. */
export const DRAFT_TOKENS_MAX = 15;
/** Recent passes whose median says what a pass costs, */
export const DRAFT_SAMPLES_MAX = 5;
/** until none was measured in this many: then it is measured again, for about 1 % of the time. */
export const DRAFT_SAMPLES_STEPS_MAX = 64;
/** How much faster drafts have to promise to be: what is measured is not exact. */
export const DRAFT_GAIN_MIN = 1.05;

/** Beats a partner may miss before it counts as silent, */
export const SILENCE_BEATS = 5;
/** and the longest that irregular beats stretch this to. */
export const SILENCE_MS_MAX = 2_000;
/** Rows of a replayed chunk: as many as a frame holds, since nobody waits for the ones between. */
export const REPLAY_CHUNK_TOKENS = FRAME_TOKENS_MAX;
/** What all sessions of a stage may keep of what they sent, so that a lost neighbour can be replaced. */
export const RETAINED_BYTES_MAX = 128 * 1024 * 1024;
/** Round trips a requester remembers, of its own links and of others': more than it ever asks at once. */
export const ROUND_TRIPS_KNOWN_MAX = 1_024;
/** While tokens come, a prediction is made again this often, */
export const PREDICTION_INTERVAL_MS = 500;
/** and told anew where it changed by this part. */
export const PREDICTION_CHANGE_MIN = 0.05;
/** Links a stage opens ahead for one session: a spare on each side. */
export const PREPARED_LINKS_MAX = 4;
/** A replacement that is not linked with everybody by then is not the fastest way to go on. */
export const REPAIR_OPEN_TIMEOUT_MS = 4_000;

/** Sessions of one identity in a stage: half of it is left to others. */
export const IDENTITY_SESSIONS_MAX = 8;
/** A token that takes a stage longer is not served well: who comes then has to wait. */
export const STEP_MS_WELL_MAX = 1_000;
/** Asked again sooner, a busy stage would say the same. */
export const RETRY_AFTER_MS_MIN = 500;
/** How much later than told somebody may ask again and keep its turn. */
export const TURN_GRACE_MS = 3_000;
/** Turns a stage remembers. */
export const TURNS_MAX = 64;
/** How long an answer waits for busy volunteers before it fails. */
export const BUSY_WAIT_MS_MAX = 180_000;
/** Where only the directory says that all are busy, nobody says for how long. */
export const BUSY_RETRY_MS = 5_000;
