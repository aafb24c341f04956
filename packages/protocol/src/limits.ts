/** Every bound of the wire, with its reason. Exceeding one is a coded error, never a silent drop. */

/** One relay message: a sealed SDP with candidates is about 6 KB, a snapshot of 256 entries is split. */
export const RELAY_MESSAGE_BYTES_MAX = 64 * 1024;
/** Steady rate and burst of messages one socket may send. */
export const RELAY_MESSAGES_PER_SECOND = 20;
export const RELAY_MESSAGES_BURST = 60;
/** A school or an office shares one address. */
export const RELAY_SOCKETS_PER_ADDRESS_MAX = 20;
/** Above the first, deltas to a slow reader are dropped and re-sent whole; above the second it is closed. */
export const RELAY_BUFFERED_BYTES_SLOW = 256 * 1024;
export const RELAY_BUFFERED_BYTES_MAX = 1024 * 1024;
export const RELAY_HANDSHAKE_TIMEOUT_MS = 5_000;
export const RELAY_PING_INTERVAL_MS = 15_000;
/** A volunteer announces on change and at least this often; it is gone after three missed. */
export const ANNOUNCE_INTERVAL_MS = 10_000;
export const ANNOUNCE_MISSES_MAX = 3;
/** How far two clocks may differ before a signed time is called old or from the future. */
export const CLOCK_TOLERANCE_MS = 60_000;
/** Nobody receives the whole network: a watch returns coverage and a bounded sample. */
export const WATCH_CANDIDATES_MAX = 256;
/** Models one socket may watch at a time. */
export const WATCHES_MAX = 8;
export const HOLDINGS_MAX = 4;
/** Relays one tab keeps a socket to: with two, either may be down; more than a few only cost. */
export const RELAYS_MAX = 4;
/** Servers of STUN and TURN: browsers warn from five on, since each slows the search for a path. */
export const ICE_SERVERS_MAX = 8;
export const ICE_URL_LENGTH_MAX = 200;
export const SEALED_BYTES_MAX = 48 * 1024;
export const BLOCK_COUNT_MAX = 512;
export const MODELS_MAX = 256;

/** Volunteers that a report names: longer chains are told in part. */
export const REPORT_PEERS_MAX = 8;
export const REPORT_NOTE_LENGTH_MAX = 500;
/** Question and answer of one report: in any script it fits into a message. */
export const REPORT_TEXT_LENGTH_MAX = 20_000;
/** Tokens of one tally: more than a tab serves between two, also where its relay was away for minutes. */
export const TALLY_TOKENS_MAX = 1_000_000;

/** From the first signal until both sides go through the relay: a person waits this long, not longer. */
export const DIRECT_TIMEOUT_MS = 6_000;
/** Content of one record through the relay, padded: a bulk slice of 16 KiB with its header. */
export const TUNNEL_CONTENT_BYTES_MAX = 17 * 1024;
/** Shorter content is padded to this, so that a record costs its sender what it costs the relay. */
export const TUNNEL_CONTENT_BYTES_MIN = 256;
/** What a sender may have under way in one tunnel: about three records. */
export const TUNNEL_WINDOW_BYTES = 48 * 1024;
/** Full windows of all of them on top of `RELAY_BUFFERED_BYTES_SLOW` stay below the bound that closes. */
export const TUNNELS_PER_PEER_MAX = 12;
/** Both ends must have joined a tunnel within this. */
export const TUNNEL_JOIN_TIMEOUT_MS = 10_000;
/** A tunnel without a record for this long is closed: tabs close idle links sooner themselves. */
export const TUNNEL_IDLE_TIMEOUT_MS = 600_000;

/** One control message between peers. */
export const PEER_MESSAGE_BYTES_MAX = 16 * 1024;
/** Both signatures of a link must arrive within this after the channel opened. */
export const LINK_HANDSHAKE_TIMEOUT_MS = 10_000;
/** From the first signal to an open, signed link. */
export const LINK_CONNECT_TIMEOUT_MS = 20_000;
/** Links one tab keeps, both directions together. */
export const LINKS_MAX = 64;
/** Sessions one stage serves at a time. */
export const SESSIONS_MAX = 16;
/** Longest time after which a busy stage asks to be asked again: estimates beyond are no good. */
export const RETRY_AFTER_MS_MAX = 120_000;
/** Stages in one chain: each costs a hop per token, so more is never useful. */
export const CHAIN_STAGES_MAX = 64;

/** Names of whole pages that a session may share with another: 8,192 positions of 32 each. */
export const PREFIX_KEYS_MAX = 256;

/** Candidates the last stage returns for one row. */
export const CANDIDATES_MAX = 64;
/** Payload bound of one frame: 64 rows of a hidden size of 16,384 in f32. */
export const FRAME_PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;
/** Rows of one step; longer prefills are cut so that stages overlap. */
export const FRAME_TOKENS_MAX = 64;
export const HIDDEN_SIZE_MAX = 16_384;
/** Who gives less of the time than this serves nobody. */
export const SHARE_MIN = 0.01;
export const CONTEXT_LENGTH_MAX = 1_048_576;
export const VOCAB_SIZE_MAX = 1_048_576;
/** Chrome's SCTP starts with 10 packets in flight: slices above this cost extra round trips. */
export const SLICE_BYTES_MAX = 4_600;
/** Frames a sender may have unacknowledged on one link of one session before a credit returns. */
export const CREDITS_INITIAL = 4;

/** A stage that has not answered a step by then is treated as gone; adapts upward to what was seen. */
export const STEP_TIMEOUT_MS_MIN = 15_000;
export const STEP_TIMEOUT_MS_MAX = 120_000;
/** A session nobody used for this long is closed by the volunteer. */
export const SESSION_IDLE_TIMEOUT_MS = 120_000;
export const SESSION_OPEN_TIMEOUT_MS = 20_000;
/** Partners of a session hear from each other this often. */
export const BEAT_INTERVAL_MS = 100;
/** A round trip that somebody tells: longer than any path over which a chain would work. */
export const ROUND_TRIP_MS_MAX = 60_000;
/** Chains a requester rebuilds for one answer before it gives up and says why. */
export const REPAIRS_MAX = 5;

/** Texts of one embedding request; as many vectors come back in one frame. */
export const EMBEDDING_TEXTS_MAX = 32;
/** All texts of one request as JSON: leaves room for the rest of a control message. */
export const EMBEDDING_TEXTS_BYTES_MAX = 14 * 1024;
/** Requests one requester may have waiting at one volunteer. */
export const EMBEDDING_REQUESTS_PER_PEER_MAX = 4;
/** A request names its own deadline, within these. */
export const EMBEDDING_DEADLINE_MS_MIN = 100;
export const EMBEDDING_DEADLINE_MS_MAX = 120_000;
