/** Bounds of this package's own queues and waits; those of the wire are in `protocol/limits`. */

/** Sealed signals are padded to one of these, so that their size says little. */
export const SEAL_CONTENT_BYTES = [2_048, 8_192, 36_000] as const;
/** Senders whose last signals are remembered, and how many of each, to recognise a replay. */
export const REPLAY_SENDERS_MAX = 512;
export const REPLAY_NONCES_MAX = 128;

/** Directory messages waiting for the verification of their signatures. */
export const ROSTER_MESSAGES_MAX = 64;
/** Reconnecting to the relay: the first wait doubles up to the last, each cut by up to half at random. */
export const RECONNECT_DELAY_MS_MIN = 500;
export const RECONNECT_DELAY_MS_MAX = 30_000;
/** A connection that held this long starts again from the first wait. */
export const RECONNECT_RESET_MS = 60_000;
/** Messages to the relay waiting for their turn under its rate limit, or for the socket. */
export const OUTBOX_MESSAGES_MAX = 512;
/** Below the relay's own limits, since its clock is not ours. */
export const OUTBOX_BURST = 45;
export const OUTBOX_INTERVAL_MS = 60;
export const PLACEMENT_TIMEOUT_MS = 10_000;
/** Identities remembered from signals, so that a peer can be answered. */
export const IDENTITIES_MAX = 512;
/** From sending a report until the relay has put it away. */
export const REPORT_TIMEOUT_MS = 10_000;
/** Reports under way at a time. */
export const REPORTS_MAX = 4;
/** From asking for a socket until it is open. */
export const RELAY_CONNECT_TIMEOUT_MS = 10_000;
/** Announcements on change are at least this far apart. */
export const ANNOUNCE_GAP_MS = 500;
/** Placement requests under way at a time. */
export const PLACEMENTS_MAX = 8;

/** Slices of the bulk channel: SCTP's usual largest interleaving unit. */
export const BULK_SLICE_BYTES_MAX = 16 * 1024;
/** Bytes handed to the browser before waiting: enough to fill a path, little enough to stay in control. */
export const LATENCY_BUFFERED_BYTES_MAX = 64 * 1024;
export const BULK_BUFFERED_BYTES_MAX = 256 * 1024;
/** Frames waiting in one channel of one link; above it the sender is told `over-limit`. */
export const SEND_QUEUE_BYTES_MAX = 32 * 1024 * 1024;
/** Control messages waiting in the browser on one link. */
export const MESSAGE_BUFFERED_BYTES_MAX = 1024 * 1024;
/** What arrives before a link is proven and somebody listens. */
export const HELD_ITEMS_MAX = 256;
export const HELD_BYTES_MAX = 16 * 1024 * 1024;
/** A path that breaks off may come back by itself within this. */
export const ICE_RESTART_GRACE_MS = 500;
/** Between two attempts to find another path: enough for signals and for TURN's allocations. */
export const ICE_RESTART_GAP_MS = 3_000;
/** Attempts before a link is given up, 15 s after its path broke off. */
export const ICE_RESTARTS_MAX = 5;
/** How long what the browser said about a path counts as the present. */
export const PATH_AGE_MS_MAX = 1_000;
/** Round trips of a link that count: after as many more, another path is believed. */
export const PINGS_KEPT = 7;
/** Asked one after the other when a link opens: the first waits until the other end has proven us, */
export const PINGS_AT_ONCE = 4;
/** and so many in all without anybody looking, while the first step is probably under way. */
export const PINGS_FIRST = 7;
/** After an answer it is not asked again for this long, whoever looks. */
export const PING_GAP_MS = 250;
/** One that was not answered for so long was lost with its page, or is no measure of now. */
export const PING_TIMEOUT_MS = 10_000;
/** Time for a goodbye to leave before the connection is torn down. */
export const GOODBYE_DELAY_MS = 250;
/** Letters of a circle's name. */
export const CIRCLE_NAME_CHARS_MAX = 40;
/** Longest life of a circle: a key that nobody looks after should end by itself. */
export const CIRCLE_LIFETIME_MS_MAX = 366 * 24 * 3_600_000;
/** Circles one browser keeps. */
export const CIRCLES_MAX = 16;
/** Received signals waiting to be opened. */
export const SIGNALS_WAITING_MAX = 256;
/** Dial ids remembered, so that an old signal cannot start a dial again. */
export const DIAL_IDS_MAX = 1_024;
/**
 * Credit of a tunnel that only messages spend: 42 of the smallest, which are the beats of two seconds, as
 * long as a partner may be silent (`SILENCE_MS_MAX` of the peer), and as many pings, each with the answer
 * to the partner's, as a link that opens may ask in that time. A link that waits for its ration must not
 * look like one whose other end is gone.
 */
export const TUNNEL_MESSAGES_RESERVE_BYTES = 12 * 1024;
/** Records of one tunnel waiting to be opened; the relay grants its sender far less. */
export const TUNNEL_WAITING_RECORDS_MAX = 256;
/** Under one AES-GCM key; a relay's ration ends a tunnel long before. */
export const TUNNEL_RECORDS_MAX = 2 ** 32;
/** Peers that no direct path led to go through the relay at once for this long. */
export const NO_DIRECT_MEMORY_MS = 300_000;
export const NO_DIRECT_PEERS_MAX = 256;
/** So many that no direct path led to, and none that one did, mean that no network lets them through here. */
export const NO_DIRECT_PEERS_MIN = 3;
