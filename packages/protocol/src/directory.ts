import * as v from 'valibot';
import {
  BlockIndex,
  MembershipTag,
  ModelRoot,
  Position,
  PublicIdentity,
  SignatureText,
} from './id.ts';
import { HIDDEN_SIZE_MAX, HOLDINGS_MAX, SESSIONS_MAX, SHARE_MIN } from './limits.ts';

const Count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const Dimension = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(HIDDEN_SIZE_MAX));
export const Milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(3_600_000));

/** Blocks of one model that a volunteer has in memory, ready to run. */
const BlocksHolding = v.strictObject({
  kind: v.literal('blocks'),
  modelRoot: ModelRoot,
  firstBlock: BlockIndex,
  endBlock: BlockIndex,
  /** Holds the token embedding: may be first in a chain. */
  embeds: v.boolean(),
  /** Holds final norm and head: may be last in a chain. */
  heads: v.boolean(),
  /** Milliseconds for one block and one token, measured after loading; rests included. */
  msPerBlock: Milliseconds,
  /** KV rows one session may use. */
  positionsMax: Count,
});
export type BlocksHolding = v.InferOutput<typeof BlocksHolding>;

/** A whole model that turns texts into vectors: one volunteer does the whole job. */
const EmbeddingHolding = v.strictObject({
  kind: v.literal('embedding'),
  modelRoot: ModelRoot,
  /** Numbers of a vector. */
  dimension: Dimension,
  /** Longest text in tokens. */
  tokensMax: Position,
  /** Median milliseconds for one short text, measured after loading; rests included. */
  msPerText: Milliseconds,
});
export type EmbeddingHolding = v.InferOutput<typeof EmbeddingHolding>;

/** What a volunteer holds of one model; `kind` is the type of job it does with it. */
export const Holding = v.pipe(
  v.variant('kind', [BlocksHolding, EmbeddingHolding]),
  v.check(
    (holding) => holding.kind !== 'blocks' || holding.firstBlock < holding.endBlock,
    'firstBlock < endBlock',
  ),
);
export type Holding = v.InferOutput<typeof Holding>;

/** Backend and activation precision: stages of one session share it. */
export const NumericClass = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/));

/** What a volunteer says about itself; signed, so that the relay can neither invent nor replay it. */
export const DirectoryEntry = v.strictObject({
  identity: PublicIdentity,
  /** Rises with each announcement of this tab; a lower one is dropped. */
  sequence: Count,
  /** Milliseconds since 1970 at the announcer; entries older than the lease are dropped. */
  announcedAtMs: Count,
  holdings: v.pipe(v.array(Holding), v.maxLength(HOLDINGS_MAX)),
  memoryBytes: Count,
  /** Part of the time in which it computes: it rests after each pass. All of it where left out. */
  share: v.optional(v.pipe(v.number(), v.minValue(SHARE_MIN), v.maxValue(1))),
  numericClass: NumericClass,
  /** Kind of device for the network page, never an address: e.g. `desktop`, `phone`. */
  deviceKind: v.picklist(['desktop', 'phone', 'tablet', 'unknown']),
  /** `drains`: finishes what it has and takes nothing new. */
  state: v.picklist(['serving', 'loading', 'drains']),
  sessions: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SESSIONS_MAX)),
  sessionsMax: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SESSIONS_MAX)),
  /**
   * Of a tab that serves a circle, and only there: members recognise it (`transcript/circleEntryBytes`).
   * Its holdings are then under blinded roots, which nobody else can tell a model from.
   */
  membership: v.optional(MembershipTag),
});
export type DirectoryEntry = v.InferOutput<typeof DirectoryEntry>;

/** `payload` is the exact JSON text that was signed (see `transcript/directoryEntryBytes`). */
export const SignedEntry = v.strictObject({
  payload: v.pipe(v.string(), v.maxLength(8_192)),
  signature: SignatureText,
});
export type SignedEntry = v.InferOutput<typeof SignedEntry>;

/**
 * How often each block, the embedding and the head of a model are held right now. A whole-model job has
 * no blocks: only its volunteers count.
 */
export const Coverage = v.strictObject({
  blocks: v.pipe(v.array(Count), v.maxLength(512)),
  embeds: Count,
  heads: Count,
  volunteers: Count,
});
export type Coverage = v.InferOutput<typeof Coverage>;
