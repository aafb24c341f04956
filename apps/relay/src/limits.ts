/** Bounds of this process; those of the wire are in `protocol/limits`. */

/** All sockets together: about 30 KiB each with its buffers. */
export const SOCKETS_MAX = 20_000;
/** Of them, those of other sites, which only ask: volunteers always find room. */
export const ASKING_SOCKETS_MAX = 10_000;
/** Sites that an operator lists. */
export const ASKERS_MAX = 256;
/** A message cut into more frames than this is no message of ours. */
export const MESSAGE_FRAGMENTS_MAX = 64;
/** Messages beyond the rate wait here; a socket that fills it is closed as `too-fast`. */
export const INBOX_MESSAGES_MAX = 256;
export const INBOX_BYTES_MAX = 1024 * 1024;
/** Malformed messages after which a socket is closed. */
export const MALFORMED_MAX = 3;
/** A socket that was told to close gets this long to read why. */
export const CLOSE_GRACE_MS = 1_000;
/** Pings without an answer after which a socket counts as dead. */
export const PINGS_UNANSWERED_MAX = 2;
/** How often deadlines, leases and slow readers are looked at. */
export const TICK_MS = 250;
/** Changes within this time go out in one delta; a departure waits only for another one. */
export const DELTA_DELAY_MS = 50;
/** Whole states of models to one socket: as it connects, and after that. */
export const WHOLE_STATES_BURST = 16;
export const WHOLE_STATES_PER_SECOND = 2;
/** A relay message stays below the bound of the wire with room for its envelope. */
export const ENTRIES_BYTES_MAX = 48 * 1024;
/** Network messages to one socket are at least this far apart. */
export const NETWORK_INTERVAL_MS = 1_000;
export const NETWORK_EVENTS_MAX = 50;
/** Who signalled a peer may be answered by it for this long. */
export const SIGNAL_REPLY_MS = 60_000;
/** Peers one socket's signals are remembered for. */
export const SIGNAL_TARGETS_MAX = 256;
/** Tunnels of all peers together: each may have two windows waiting for slow readers. */
export const TUNNELS_MAX = 1_024;
/** Once half of them are taken, the rest is for addresses that have asked for fewer than this. */
export const TUNNELS_PER_ADDRESS_KEPT = 32;
/** Credit is given back in pieces of at least this, so that grants are few beside records. */
export const TUNNEL_GRANT_BYTES_MIN = 12 * 1024;
/** Seconds of a rate that may be used at once. */
export const RATION_BURST_SECONDS = 2;
/** An hour's totals are counted from the first byte on, then anew. */
export const RATION_PERIOD_MS = 3_600_000;
/** Pairs, identities and addresses whose use is remembered; full, no tunnel opens. */
export const RATION_ACCOUNTS_MAX = 100_000;
/** How often accounts that nobody uses any more are forgotten. */
export const RATION_PRUNE_MS = 60_000;
/**
 * A proposal counts as held for this long, so that newcomers at the same moment differ: the download of
 * a large stage takes minutes. It ends at once when the tab announces, stops or leaves.
 */
export const PROPOSAL_PENDING_MS = 10 * 60_000;
/** Holders of one block that a bounded sample should show where there are as many. */
export const SAMPLE_HOLDERS_PER_BLOCK = 3;
/** What HMAC-SHA1 cannot be asked to make up for: a secret that can be guessed. */
export const TURN_SECRET_LENGTH_MIN = 16;
/** How long TURN credentials count. A connection goes on after its credentials ended. */
export const TURN_TTL_SECONDS = 3_600;
/** Shorter ones end while a slow pair of browsers still looks for a path. */
export const TURN_TTL_SECONDS_MIN = 60;
export const TURN_TTL_SECONDS_MAX = 86_400;

/** Sites that may embed the widget, and origins of one. */
export const EMBED_SITES_MAX = 10_000;
export const EMBED_ORIGINS_MAX = 16;
/** What a site gets that the operator gave no numbers. */
export const EMBED_VOLUNTEERS = 20;
export const EMBED_PROMPTS_PER_MINUTE = 60;
/** A key that was revoked ends within this and a moment. */
export const EMBED_CHECK_MS = 500;

/** The network's last day in samples of a minute. */
export const HISTORY_EVERY_SECONDS = 60;
export const HISTORY_SAMPLES_MAX = 1_440;
/** What one profile may add to a minute: 1,000 tokens a second, more than any tab was seen to serve. */
export const TALLY_TOKENS_PER_MINUTE_MAX = 60_000;

/** Reports in an hour, from one profile and from one address. */
export const REPORTS_PER_IDENTITY_MAX = 5;
export const REPORTS_PER_ADDRESS_MAX = 20;
export const REPORT_PERIOD_MS = 3_600_000;
/** Profiles and addresses whose reports are remembered; full, no report is taken. */
export const REPORT_ACCOUNTS_MAX = 20_000;
/** Reports that wait for the disk. */
export const REPORTS_WAITING_MAX = 64;
/** The operator's file: at least 250 reports with long texts, thousands without. */
export const REPORTS_FILE_BYTES_MAX = 16 * 1024 ** 2;

/** Whoever speaks plain http, or nothing, to a relay with a certificate. */
export const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;
export const HTTP_HEADERS_TIMEOUT_MS = 10_000;
/** Nothing has a body here, so a request is its headers. */
export const HTTP_REQUEST_TIMEOUT_MS = 15_000;
export const HTTP_KEEP_ALIVE_MS = 10_000;
/** A reader that takes nothing for this long loses its download and may resume it by Range. */
export const HTTP_IDLE_TIMEOUT_MS = 60_000;
export const HTTP_PATH_LENGTH_MAX = 2_048;
/** Compressed copies of site files kept in memory. */
export const GZIP_CACHE_BYTES_MAX = 96 * 1024 * 1024;
export const GZIP_FILE_BYTES_MAX = 32 * 1024 * 1024;
/** Below this compression costs more than it saves. */
export const GZIP_FILE_BYTES_MIN = 1_024;

/** Of each thing that the site says about its operator: it stands in one line. */
export const OPERATOR_TEXT_LENGTH_MAX = 200;
/** GGUF files taken from the operator's folder. */
export const MODEL_FILES_MAX = 64;
/** How often manifests are looked for that another process made. */
export const CATALOG_REFRESH_MS = 15_000;
/** From the signal to the end of the process. */
export const SHUTDOWN_MS = 5_000;
