import * as v from 'valibot';
import { Coverage, Milliseconds, NumericClass, SignedEntry } from './directory.ts';
import { ProtocolError } from './error.ts';
import {
  AgreementKey,
  BlockIndex,
  ModelRoot,
  Nonce,
  PeerId,
  PublicIdentity,
  PublicKeyText,
  SignatureAlgorithm,
  SignatureText,
  TabId,
  TunnelId,
  Versions,
} from './id.ts';
import {
  ICE_SERVERS_MAX,
  ICE_URL_LENGTH_MAX,
  MODELS_MAX,
  RELAY_MESSAGE_BYTES_MAX,
  RELAYS_MAX,
  REPORT_NOTE_LENGTH_MAX,
  REPORT_PEERS_MAX,
  REPORT_TEXT_LENGTH_MAX,
  SEALED_BYTES_MAX,
  TALLY_TOKENS_MAX,
  TUNNEL_WINDOW_BYTES,
  WATCH_CANDIDATES_MAX,
} from './limits.ts';
import { PlacementWhy } from './placement-why.ts';

const RequestId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const Bytes = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 50));
/** Text for a person; the code is what programs read. */
const Text = v.pipe(v.string(), v.maxLength(500));
/** An ephemeral public key, nonce and ciphertext: see `swarm/sealed`. */
const Sealed = v.pipe(v.string(), v.minLength(1), v.maxLength(SEALED_BYTES_MAX));

/** First message of a socket: who I am and which versions I speak. */
export const Hello = v.strictObject({
  type: v.literal('hello'),
  versions: Versions,
  alg: SignatureAlgorithm,
  publicKey: PublicKeyText,
  tabId: TabId,
  nonce: Nonce,
});
/** Answer to a challenge: the identity's signature over `transcript/relayHelloBytes`. */
export const Prove = v.strictObject({
  type: v.literal('prove'),
  signature: SignatureText,
  agreement: AgreementKey,
});
/** I serve, with these holdings; also the heartbeat. */
export const Announce = v.strictObject({ type: v.literal('announce'), entry: SignedEntry });
/** I stop serving now: remove me from the directory. */
export const Withdraw = v.strictObject({ type: v.literal('withdraw') });
/** Tell me who holds this model, now and on every change. */
export const Watch = v.strictObject({
  type: v.literal('watch'),
  modelRoot: ModelRoot,
  candidatesMax: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(WATCH_CANDIDATES_MAX)),
  /** The root is a circle's: of no model that the relay knows. */
  isBlinded: v.optional(v.literal(true)),
});
export const Unwatch = v.strictObject({ type: v.literal('unwatch'), modelRoot: ModelRoot });
/** Tell me how all models are covered, now and on change (at most one message a second). */
export const WatchNetwork = v.strictObject({ type: v.literal('watch-network') });
export const UnwatchNetwork = v.strictObject({ type: v.literal('unwatch-network') });
/** How fast a tab ran blocks of a model that it served before; the relay knows how large those are. */
export const MeasuredSpeed = v.strictObject({
  modelRoot: ModelRoot,
  msPerBlock: Milliseconds,
  numericClass: NumericClass,
});
export type MeasuredSpeed = v.InferOutput<typeof MeasuredSpeed>;
/** What should I hold? Without `modelRoot` the relay chooses the model too. */
export const PlacementRequest = v.strictObject({
  type: v.literal('placement-request'),
  requestId: RequestId,
  memoryBytes: Bytes,
  modelRoot: v.optional(ModelRoot),
  /** Absent in a tab that never served. */
  measured: v.optional(MeasuredSpeed),
});
/** Deliver sealed signalling to a peer. */
export const SignalTo = v.strictObject({
  type: v.literal('signal-to'),
  to: PeerId,
  sealed: Sealed,
});
/**
 * Carry records between this peer and me. The tunnel is open once both ends have asked for the same one;
 * records are binary messages (`tunnel-record`).
 */
export const JoinTunnel = v.strictObject({
  type: v.literal('join-tunnel'),
  tunnelId: TunnelId,
  peerId: PeerId,
});
export const LeaveTunnel = v.strictObject({ type: v.literal('leave-tunnel'), tunnelId: TunnelId });
export const REPORT_REASONS = ['wrong', 'harmful', 'private', 'other'] as const;
/** Somebody tells the relay's operator about an answer. The only message in which a relay may read text. */
export const Report = v.strictObject({
  type: v.literal('report'),
  requestId: RequestId,
  reason: v.picklist(REPORT_REASONS),
  modelRoot: ModelRoot,
  /** The volunteers that computed the answer. */
  peerIds: v.pipe(v.array(PeerId), v.maxLength(REPORT_PEERS_MAX)),
  /** In the person's own words. */
  note: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(REPORT_NOTE_LENGTH_MAX))),
  /** Question and answer, where the person chose to send them. */
  text: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(REPORT_TEXT_LENGTH_MAX))),
});
export type Report = v.InferOutput<typeof Report>;
/**
 * Tokens of answers that came out of this tab since its last tally; it goes with the heartbeat. Stages before
 * the last one of a chain count none, so that the tallies of a network add up to its tokens.
 */
export const Tally = v.strictObject({
  type: v.literal('tally'),
  tokens: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(TALLY_TOKENS_MAX)),
});

export const ToRelay = v.variant('type', [
  Hello,
  Prove,
  Announce,
  Withdraw,
  Watch,
  Unwatch,
  WatchNetwork,
  UnwatchNetwork,
  PlacementRequest,
  SignalTo,
  JoinTunnel,
  LeaveTunnel,
  Report,
  Tally,
]);
export type ToRelay = v.InferOutput<typeof ToRelay>;

/** Prove that you hold the key; signatures also bind the relay and the page's origin. */
export const Challenge = v.strictObject({
  type: v.literal('challenge'),
  version: v.pipe(v.number(), v.integer(), v.minValue(0)),
  relayId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/)),
  nonce: Nonce,
});
/** STUN and TURN servers, as WebRTC takes them. */
export const IceServers = v.pipe(
  v.array(
    v.strictObject({
      urls: v.pipe(v.string(), v.maxLength(ICE_URL_LENGTH_MAX)),
      username: v.optional(v.pipe(v.string(), v.maxLength(200))),
      credential: v.optional(v.pipe(v.string(), v.maxLength(200))),
    }),
  ),
  v.maxLength(ICE_SERVERS_MAX),
);
export type IceServers = v.InferOutput<typeof IceServers>;
/** Where a relay and its files are: `https://example.org`. */
export const RelayOrigin = v.pipe(
  v.string(),
  v.maxLength(200),
  v.regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+$/, 'origin'),
);
/** The socket is ready. */
export const Welcome = v.strictObject({
  type: v.literal('welcome'),
  peerId: PeerId,
  iceServers: IceServers,
  /** Relays of the same network, as its operator lists them: a tab keeps a socket to each. */
  relays: v.pipe(v.array(RelayOrigin), v.maxLength(RELAYS_MAX)),
  /** Clock of the relay, so that a tab with a wrong clock can be told. */
  nowMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
/** What replaces the welcome's servers: their credentials end soon. */
export const RenewedIceServers = v.strictObject({
  type: v.literal('ice-servers'),
  iceServers: IceServers,
});
export const REFUSAL_CODES = [
  'version',
  'bad-signature',
  'bad-origin',
  'malformed',
  'too-fast',
  'too-many-sockets',
  'handshake-timeout',
  'replaced',
  'too-slow',
  'stale-entry',
  'over-limit',
  'unknown-model',
  'unreachable',
  /** The site that embeds this frame is unknown here, or was withdrawn. */
  'embed-refused',
  /** As many tabs contribute from the embedding site as may. */
  'embed-full',
  /** Enough was asked from the embedding site for this minute. */
  'embed-busy',
  /** This relay speaks none of the page's versions, and is the older of the two. */
  'relay-outdated',
  'shutting-down',
] as const;
/** Why something was not done. `fatal` means that the socket closes after it. */
export const Refused = v.strictObject({
  type: v.literal('refused'),
  code: v.picklist(REFUSAL_CODES),
  message: Text,
  fatal: v.boolean(),
  /** With `unreachable`: the peer a signal could not be delivered to. */
  peerId: v.optional(PeerId),
});
/** Whole state of a watched model; replaces whatever was known. */
export const DirectorySnapshot = v.strictObject({
  type: v.literal('directory'),
  modelRoot: ModelRoot,
  coverage: Coverage,
  entries: v.pipe(v.array(SignedEntry), v.maxLength(WATCH_CANDIDATES_MAX)),
  /** More of the same snapshot follow (one message is bounded): append them. */
  isPartial: v.boolean(),
});
/** What changed in a watched model. */
export const DirectoryDelta = v.strictObject({
  type: v.literal('directory-delta'),
  modelRoot: ModelRoot,
  coverage: Coverage,
  changed: v.pipe(v.array(SignedEntry), v.maxLength(WATCH_CANDIDATES_MAX)),
  removed: v.pipe(v.array(PeerId), v.maxLength(WATCH_CANDIDATES_MAX)),
});
const Proposal = v.variant('kind', [
  v.strictObject({
    kind: v.literal('blocks'),
    modelRoot: ModelRoot,
    firstBlock: BlockIndex,
    endBlock: BlockIndex,
    embeds: v.boolean(),
    heads: v.boolean(),
  }),
  /** A whole model: only ever proposed to who asks for this one. */
  v.strictObject({ kind: v.literal('embedding'), modelRoot: ModelRoot }),
]);
export type Proposal = v.InferOutput<typeof Proposal>;
export type BlocksProposal = Extract<Proposal, { kind: 'blocks' }>;
/** What a newcomer should hold, with the reason in a sentence; `proposal` is null when nothing fits. */
export const PlacementProposal = v.strictObject({
  type: v.literal('placement-proposal'),
  requestId: RequestId,
  proposal: v.nullable(Proposal),
  reason: Text,
  /** Absent with no proposal, and from relays of version 4. */
  why: v.optional(PlacementWhy),
});
/** Sealed signalling from a peer; `from` is who the relay authenticated, the seal proves it again. */
export const SignalFrom = v.strictObject({
  type: v.literal('signal-from'),
  from: PublicIdentity,
  sealed: Sealed,
});
const CreditBytes = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(TUNNEL_WINDOW_BYTES));
/** Both ends have joined; each may send this many bytes of records. */
export const TunnelOpen = v.strictObject({
  type: v.literal('tunnel-open'),
  tunnelId: TunnelId,
  creditBytes: CreditBytes,
});
/** As many more bytes may be sent: what was sent before went on, and the ration allows it. */
export const TunnelCredit = v.strictObject({
  type: v.literal('tunnel-credit'),
  tunnelId: TunnelId,
  bytes: CreditBytes,
});
export const TUNNEL_CLOSINGS = [
  /** This relay carries no records. */
  'off',
  /** The other peer is not connected here. */
  'unreachable',
  /** Neither end offers compute, so there is nothing to carry. */
  'not-serving',
  /** An hour's ration is used up. */
  'over-ration',
  'too-many-tunnels',
  /** The other end did not join in time. */
  'not-joined',
  /** The other end left, or its socket closed. */
  'peer-gone',
  /** More was sent than was granted, or what no record is. */
  'over-limit',
  'idle',
] as const;
/** Nothing is carried any more, or was ever. The message names the remedy. */
export const TunnelClosed = v.strictObject({
  type: v.literal('tunnel-closed'),
  tunnelId: TunnelId,
  code: v.picklist(TUNNEL_CLOSINGS),
  message: Text,
});
export type TunnelClosing = (typeof TUNNEL_CLOSINGS)[number];
export const REPORT_OUTCOMES = [
  'taken',
  /** The operator takes no reports. */
  'off',
  /** This profile, or this address, has reported enough for now. */
  'too-many',
  /** There is no room left for reports. */
  'full',
] as const;
export type ReportOutcome = (typeof REPORT_OUTCOMES)[number];
/** What became of a report. */
export const Reported = v.strictObject({
  type: v.literal('reported'),
  requestId: RequestId,
  outcome: v.picklist(REPORT_OUTCOMES),
});
/** One model on the network page. */
export const NetworkModel = v.strictObject({
  kind: v.picklist(['blocks', 'embedding']),
  modelRoot: ModelRoot,
  coverage: Coverage,
  /** Volunteers by `deviceKind/numericClass`. */
  kinds: v.record(v.pipe(v.string(), v.maxLength(48)), v.number()),
  sessions: v.number(),
});
/** Something that happened, for the network page: no addresses, no ids. */
export const NetworkEvent = v.strictObject({
  atMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
  kind: v.picklist(['volunteer-joined', 'volunteer-left', 'model-ready', 'relay-started']),
  modelRoot: v.optional(ModelRoot),
  deviceKind: v.optional(v.pipe(v.string(), v.maxLength(16))),
  firstBlock: v.optional(BlockIndex),
  endBlock: v.optional(BlockIndex),
});
export type NetworkEvent = v.InferOutput<typeof NetworkEvent>;
export const Network = v.strictObject({
  type: v.literal('network'),
  peers: v.number(),
  models: v.pipe(v.array(NetworkModel), v.maxLength(MODELS_MAX)),
  /** The last events, newest first. */
  events: v.pipe(v.array(NetworkEvent), v.maxLength(50)),
});

export const FromRelay = v.variant('type', [
  Challenge,
  Welcome,
  RenewedIceServers,
  Refused,
  DirectorySnapshot,
  DirectoryDelta,
  PlacementProposal,
  SignalFrom,
  TunnelOpen,
  TunnelCredit,
  TunnelClosed,
  Reported,
  Network,
]);
export type FromRelay = v.InferOutput<typeof FromRelay>;
export type FromRelayOf<Type extends FromRelay['type']> = Extract<FromRelay, { type: Type }>;

/** Parses a message a tab sent. Throws `ProtocolError` `too-large` or `malformed`. */
export function parseToRelay(text: string): ToRelay {
  return parse(ToRelay, text);
}

/** Parses a message the relay sent. Throws `ProtocolError` `too-large` or `malformed`. */
export function parseFromRelay(text: string): FromRelay {
  return parse(FromRelay, text);
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
): v.InferOutput<Schema> {
  if (text.length > RELAY_MESSAGE_BYTES_MAX) {
    throw new ProtocolError('too-large', `A relay message has ${text.length} bytes.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('malformed', 'A relay message is not JSON.', { cause });
  }
  const result = v.safeParse(schema, value);
  if (!result.success) {
    throw new ProtocolError(
      'malformed',
      `A relay message is malformed: ${v.getDotPath(result.issues[0]) ?? 'type'}.`,
    );
  }
  return result.output;
}
