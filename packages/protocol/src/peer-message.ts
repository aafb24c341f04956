import * as v from 'valibot';
import { ACTIVATION_TYPES } from './activation.ts';
import { ProtocolError } from './error.ts';
import {
  BlockIndex,
  Epoch,
  MembershipTag,
  ModelRoot,
  Nonce,
  PeerId,
  Position,
  PublicIdentity,
  SessionId,
  SignatureText,
  Versions,
} from './id.ts';
import {
  EMBEDDING_DEADLINE_MS_MAX,
  EMBEDDING_DEADLINE_MS_MIN,
  EMBEDDING_TEXTS_MAX,
  PEER_MESSAGE_BYTES_MAX,
  PREFIX_KEYS_MAX,
  RETRY_AFTER_MS_MAX,
  ROUND_TRIP_MS_MAX,
} from './limits.ts';

const Text = v.pipe(v.string(), v.maxLength(500));

/**
 * Names of the whole pages of 32 positions that a sequence begins with, in order. Opaque: only the
 * identity that gave a name can ask for what lies under it.
 */
const PrefixKeys = v.pipe(
  v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))),
  v.maxLength(PREFIX_KEYS_MAX),
);

const PingId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));

/** How two tabs are connected: directly, through a TURN server, or sealed through the relay. */
export const LinkPath = v.picklist(['direct', 'turn', 'relay']);
export type LinkPath = v.InferOutput<typeof LinkPath>;

/** First message of a link, from both sides. */
export const LinkHello = v.strictObject({
  type: v.literal('link-hello'),
  versions: Versions,
  identity: PublicIdentity,
  nonce: Nonce,
});
/** Signature over both DTLS fingerprints (or tunnel keys), both nonces and both peer ids (`transcript/linkBytes`). */
export const LinkProof = v.strictObject({
  type: v.literal('link-proof'),
  signature: SignatureText,
  /**
   * Proof of belonging to the same circle (`transcript/membershipBytes`). A tab in no circle sends random
   * bytes, so that a stranger does not see which it is.
   */
  membership: MembershipTag,
});

/** Reserve KV rows for a session; belongs to the identity that sent it. A higher epoch replaces. */
export const OpenSession = v.strictObject({
  type: v.literal('open-session'),
  sessionId: SessionId,
  epoch: Epoch,
  modelRoot: ModelRoot,
  firstBlock: BlockIndex,
  endBlock: BlockIndex,
  embeds: v.boolean(),
  heads: v.boolean(),
  positionsMax: Position,
  /** Who sends frames to this stage: the requester, or the stage before. */
  upstream: PeerId,
  /** Where results go: the stage after, or the requester. */
  downstream: PeerId,
  /** How hidden states go downstream. */
  activation: v.picklist(ACTIVATION_TYPES),
  /** Pages the session will begin with: those that the stage still has need not be computed. */
  prefixKeys: PrefixKeys,
  /** Positions that arrive as replay before the first step; 0 where the session is new everywhere. */
  replayTo: Position,
  /** The stage after takes its place anew too: what replay gives goes on to it. */
  forwardsReplay: v.boolean(),
});
/**
 * New neighbours at a higher epoch, for a stage that keeps its session while others are replaced.
 * Frames that wait are dropped. Answered like `open-session`; `reusedPositions` are those it has.
 */
export const Rewire = v.strictObject({
  type: v.literal('rewire'),
  sessionId: SessionId,
  epoch: Epoch,
  upstream: PeerId,
  downstream: PeerId,
});
/** Send what this stage gave for positions `[from, to)` to the stage after, as replay. */
export const Replay = v.strictObject({
  type: v.literal('replay'),
  sessionId: SessionId,
  epoch: Epoch,
  from: Position,
  to: Position,
});
/** The stage has all positions that were to be replayed to it: steps may follow. */
export const SessionReplayed = v.strictObject({
  type: v.literal('session-replayed'),
  sessionId: SessionId,
  epoch: Epoch,
});
/** This volunteer may have to be the session's neighbour soon: keep a link to it. */
export const PrepareLink = v.strictObject({
  type: v.literal('prepare-link'),
  sessionId: SessionId,
  peerId: PeerId,
});
/**
 * The sender is awake. To partners of a session, at `BEAT_INTERVAL_MS`. Over WebRTC whatever comes on data channel 66
 * (negotiated, unordered, without retransmission) says the same, and does not wait for what was lost before it.
 */
export const Beat = v.strictObject({ type: v.literal('beat') });
/** Answered at once by a `pong` of the same number: how long a message takes there and back. */
export const Ping = v.strictObject({ type: v.literal('ping'), id: PingId });
export const Pong = v.strictObject({ type: v.literal('pong'), id: PingId });
/** The stage is ready: weights held, KV reserved, link to `downstream` open and signed. */
export const SessionOpened = v.strictObject({
  type: v.literal('session-opened'),
  sessionId: SessionId,
  epoch: Epoch,
  /** The way to the next stage, where the browser tells. */
  path: v.optional(LinkPath),
  /** Milliseconds to the next stage and back, where they were measured. */
  roundTripMs: v.optional(
    v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(ROUND_TRIP_MS_MAX)),
  ),
  /** Positions whose keys and values are there already; steps may start here or before. */
  reusedPositions: Position,
});
export const SESSION_REFUSALS = [
  'model-not-held',
  'over-budget',
  'busy',
  'draining',
  'downstream-unreachable',
  'not-owner',
  'old-epoch',
  'not-open',
  'malformed',
] as const;
export const SessionRefused = v.strictObject({
  type: v.literal('session-refused'),
  sessionId: SessionId,
  epoch: Epoch,
  code: v.picklist(SESSION_REFUSALS),
  message: Text,
  /** With `busy`: when there will probably be room. Who asks again then keeps its turn. */
  retryAfterMs: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(RETRY_AFTER_MS_MAX)),
  ),
});
export const STEP_FAILURES = [
  'unknown-session',
  'out-of-order',
  'bad-shape',
  'non-finite',
  'over-budget',
  'out-of-memory',
  'device-lost',
  'downstream-lost',
  'not-retained',
  'engine',
] as const;
/** A stage could not run a step. The requester decides whether to rebuild the chain. */
export const StepFailed = v.strictObject({
  type: v.literal('step-failed'),
  sessionId: SessionId,
  epoch: Epoch,
  position: Position,
  code: v.picklist(STEP_FAILURES),
  message: Text,
});
/** To the sender of frames: `count` of them were taken, as many more may follow. */
export const Credit = v.strictObject({
  type: v.literal('credit'),
  sessionId: SessionId,
  epoch: Epoch,
  count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64)),
});
/**
 * Drop the session's queued steps now and free its KV cache, or keep the named pages for another
 * session of the same identity until their room is needed.
 */
export const CloseSession = v.strictObject({
  type: v.literal('close-session'),
  sessionId: SessionId,
  epoch: Epoch,
  prefixKeys: PrefixKeys,
});
/** After a session closed: what the stage spent and sent, for the answer's provenance. */
export const SessionClosed = v.strictObject({
  type: v.literal('session-closed'),
  sessionId: SessionId,
  epoch: Epoch,
  steps: v.pipe(v.number(), v.integer(), v.minValue(0)),
  computeMs: v.pipe(v.number(), v.finite(), v.minValue(0)),
  bytesSentDownstream: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
/**
 * Turn texts into vectors, whole, with the model named. The answer is a `vectors` frame whose session
 * is this request, and `embedding-done`; or `embedding-failed`.
 */
export const RequestEmbedding = v.strictObject({
  type: v.literal('request-embedding'),
  requestId: SessionId,
  modelRoot: ModelRoot,
  texts: v.pipe(
    v.array(v.pipe(v.string(), v.minLength(1))),
    v.minLength(1),
    v.maxLength(EMBEDDING_TEXTS_MAX),
  ),
  /** Milliseconds from now after which nobody waits for the answer any more. */
  deadlineMs: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(EMBEDDING_DEADLINE_MS_MIN),
    v.maxValue(EMBEDDING_DEADLINE_MS_MAX),
  ),
});
/** Nobody waits for this request any more: drop it if it has not begun. */
export const CancelEmbedding = v.strictObject({
  type: v.literal('cancel-embedding'),
  requestId: SessionId,
});
/** The vectors were sent: what they cost, for their provenance. */
export const EmbeddingDone = v.strictObject({
  type: v.literal('embedding-done'),
  requestId: SessionId,
  tokenCount: v.pipe(v.number(), v.integer(), v.minValue(0)),
  computeMs: v.pipe(v.number(), v.finite(), v.minValue(0)),
});
export const EMBEDDING_FAILURES = [
  'model-not-held',
  'busy',
  'text-too-long',
  'malformed',
  'deadline-passed',
  'out-of-memory',
  'device-lost',
  'engine',
] as const;
/** A volunteer does not answer a request. The requester decides whether to ask another one. */
export const EmbeddingFailed = v.strictObject({
  type: v.literal('embedding-failed'),
  requestId: SessionId,
  code: v.picklist(EMBEDDING_FAILURES),
  message: Text,
});
/** The sender leaves on purpose: nothing more will come, sessions on this link are over. */
export const Goodbye = v.strictObject({
  type: v.literal('goodbye'),
  reason: v.picklist(['stopped', 'closing', 'replaced', 'idle']),
});

export const PeerMessage = v.variant('type', [
  LinkHello,
  LinkProof,
  OpenSession,
  Rewire,
  Replay,
  SessionReplayed,
  PrepareLink,
  Beat,
  Ping,
  Pong,
  SessionOpened,
  SessionRefused,
  StepFailed,
  Credit,
  CloseSession,
  SessionClosed,
  RequestEmbedding,
  CancelEmbedding,
  EmbeddingDone,
  EmbeddingFailed,
  Goodbye,
]);
export type PeerMessage = v.InferOutput<typeof PeerMessage>;
export type PeerMessageOf<Type extends PeerMessage['type']> = Extract<PeerMessage, { type: Type }>;

/** Parses a control message of a link. Throws `ProtocolError` `too-large` or `malformed`. */
export function parsePeerMessage(text: string): PeerMessage {
  if (text.length > PEER_MESSAGE_BYTES_MAX) {
    throw new ProtocolError('too-large', `A peer message has ${text.length} bytes.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('malformed', 'A peer message is not JSON.', { cause });
  }
  const result = v.safeParse(PeerMessage, value);
  if (!result.success) {
    throw new ProtocolError(
      'malformed',
      `A peer message is malformed: ${v.getDotPath(result.issues[0]) ?? 'type'}.`,
    );
  }
  return result.output;
}
