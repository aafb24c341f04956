import * as v from 'valibot';
import type { AnswerView } from './answer-view.ts';
import { inOrder, isSound } from './conversation-tree.ts';
import {
  ANSWER_CHARS_MAX,
  CONVERSATION_TITLE_CHARS_MAX,
  KEPT_TURNS_MAX,
  MODEL_FILE_CHARS_MAX,
  MODEL_NAME_CHARS_MAX,
  NOTICES_MAX,
  SYSTEM_PROMPT_CHARS_MAX,
  TIME_MS_MAX,
} from './limits.ts';

/** The form in which conversations are kept and exported; a change needs a step in `upgradeRecord`. */
export const RECORD_VERSION = 1;

const Text = (charsMax: number) => v.pipe(v.string(), v.maxLength(charsMax));
const Count = v.pipe(v.number(), v.minValue(0));
const TimeMs = v.pipe(Count, v.maxValue(TIME_MS_MAX));
const PeerId = Text(64);
const Report = v.strictObject({ code: Text(64), message: Text(2_000) });
const Recovery = v.strictObject({
  ...Report.entries,
  peerIds: v.pipe(v.array(PeerId), v.maxLength(64)),
  atMs: TimeMs,
  durationMs: v.exactOptional(Count),
});

const Asked = v.strictObject({
  modelRoot: Text(64),
  modelFile: v.exactOptional(Text(MODEL_FILE_CHARS_MAX)),
  sampling: v.strictObject({
    temperature: Count,
    topK: Count,
    topP: Count,
    minP: Count,
    repetitionPenalty: Count,
    seed: v.exactOptional(Count),
  }),
});

const chainFigures = {
  predictedMs: v.exactOptional(Count),
  sharesIdentity: v.exactOptional(v.literal(true)),
};
/** A sentence in English is what earlier versions of this site kept. */
const RoutingReason = v.union([
  Text(2_000),
  v.variant('code', [
    v.strictObject({ code: v.literal('alone'), hasChoice: v.boolean(), ...chainFigures }),
    v.strictObject({ code: v.literal('spread'), stageCount: Count, ...chainFigures }),
    v.strictObject({ code: v.literal('none-alone'), stageCount: Count, ...chainFigures }),
    v.strictObject({
      code: v.literal('together'),
      stageCount: Count,
      aloneMs: Count,
      ...chainFigures,
    }),
    v.strictObject({ code: v.literal('repaired'), newCount: Count, ...chainFigures }),
  ]),
]);

export const StoredAnswer = v.strictObject({
  /** Not `done`: some tab writes it, or did when it was closed. */
  phase: v.picklist([
    'routing',
    'queued',
    'prefill',
    'writing',
    'repairing',
    'waiting',
    'done',
  ] satisfies AnswerView['phase'][]),
  text: Text(ANSWER_CHARS_MAX),
  tokenCount: Count,
  asked: v.exactOptional(Asked),
  numericClass: v.exactOptional(Text(64)),
  routingReason: v.exactOptional(RoutingReason),
  predictedMs: v.exactOptional(Count),
  prefill: v.exactOptional(v.strictObject({ doneTokens: Count, totalTokens: Count })),
  chain: v.pipe(
    v.array(
      v.strictObject({
        peerId: PeerId,
        firstBlock: Count,
        endBlock: Count,
        embeds: v.boolean(),
        heads: v.boolean(),
      }),
    ),
    v.maxLength(64),
  ),
  links: v.pipe(
    v.array(
      v.strictObject({
        from: PeerId,
        to: PeerId,
        direct: v.boolean(),
        path: v.exactOptional(v.picklist(['direct', 'turn', 'relay'])),
        bytesSent: Count,
      }),
    ),
    v.maxLength(256),
  ),
  repairs: v.pipe(v.array(Recovery), v.maxLength(NOTICES_MAX)),
  finishReason: v.exactOptional(
    v.picklist(['stop', 'stop-string', 'length', 'context', 'aborted', 'failed']),
  ),
  error: v.exactOptional(Report),
  stats: v.exactOptional(
    v.strictObject({
      promptTokens: Count,
      reusedTokens: v.exactOptional(Count),
      draftedTokens: v.exactOptional(Count),
      acceptedTokens: v.exactOptional(Count),
      ttftMs: v.exactOptional(Count),
      decodeTokensPerSecond: v.exactOptional(Count),
      prefillTokensPerSecond: v.exactOptional(Count),
      repairs: Count,
      seed: v.exactOptional(Count),
    }),
  ),
});

const TurnId = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/));
const place = { id: TurnId, parentId: v.exactOptional(TurnId), atMs: TimeMs };
const StoredTurn = v.variant('role', [
  v.strictObject({ role: v.literal('user'), ...place, text: Text(ANSWER_CHARS_MAX) }),
  v.strictObject({
    role: v.literal('assistant'),
    ...place,
    modelName: Text(MODEL_NAME_CHARS_MAX),
    answer: StoredAnswer,
    isInterrupted: v.exactOptional(v.literal(true)),
  }),
]);
export type StoredTurn = v.InferOutput<typeof StoredTurn>;

const RecordShape = v.strictObject({
  version: v.literal(RECORD_VERSION),
  id: v.pipe(v.string(), v.regex(/^[\w-]{22}$/)),
  /** Who may be asked with it: everybody, this tab, or the members of a circle. */
  scope: v.pipe(v.string(), v.regex(/^(public|local|circle:[\w-]{22})$/)),
  /** Grows with every change on disk; 0: it is not there yet. */
  revision: v.pipe(v.number(), v.integer(), v.minValue(0)),
  createdAtMs: TimeMs,
  title: Text(CONVERSATION_TITLE_CHARS_MAX),
  systemPrompt: Text(SYSTEM_PROMPT_CHARS_MAX),
  changedAtMs: TimeMs,
  turns: v.pipe(v.array(StoredTurn), v.minLength(1), v.maxLength(KEPT_TURNS_MAX)),
  leafId: TurnId,
});

/** A conversation as it is kept, sent between tabs and exported. */
export const ConversationRecord = v.pipe(
  RecordShape,
  v.check(({ turns }) => isSound(turns), 'The turns are no tree of questions and answers.'),
  v.check(
    ({ turns, leafId }) => turns.some(({ id }) => id === leafId),
    'The end of the shown path is none of its turns.',
  ),
);
export type ConversationRecord = v.InferOutput<typeof ConversationRecord>;

export type ReadRecord =
  | { readonly record: ConversationRecord }
  | { readonly problem: 'damaged'; readonly why: string }
  /** Written by a later version of the site: to be left as it is. */
  | { readonly problem: 'newer' };

const Versioned = v.object({ version: v.pipe(v.number(), v.integer(), v.minValue(1)) });

/** What a database or a file holds, checked, and brought to the present form. */
export function readRecord(value: unknown): ReadRecord {
  const versioned = v.safeParse(Versioned, value);
  if (!versioned.success) return describeDamage(versioned.issues[0]);
  if (versioned.output.version > RECORD_VERSION) return { problem: 'newer' };
  const parsed = v.safeParse(ConversationRecord, upgradeRecord(value, versioned.output.version));
  return parsed.success ? { record: parsed.output } : describeDamage(parsed.issues[0]);
}

function describeDamage(issue: v.BaseIssue<unknown>): ReadRecord {
  const path = v.getDotPath(issue);
  return { problem: 'damaged', why: path === null ? issue.message : `${path}: ${issue.message}` };
}

/** One case a version that was ever written: each makes the next one of it. */
function upgradeRecord(value: unknown, version: number): unknown {
  switch (version) {
    case RECORD_VERSION:
      return value;
    default:
      return undefined;
  }
}

/** When it was last gone on with. */
export function updatedAtMs({ turns, createdAtMs }: ConversationRecord): number {
  return turns.at(-1)?.atMs ?? createdAtMs;
}

/**
 * Both tabs' turns: what one of them added is a branch for the other, so nothing is lost. Title and
 * system prompt are the later ones, the shown path is that of `mine`.
 */
export function mergeRecords(
  mine: ConversationRecord,
  other: ConversationRecord,
): ConversationRecord {
  const turns = new Map(other.turns.map((turn) => [turn.id, turn]));
  for (const turn of mine.turns) {
    const known = turns.get(turn.id);
    if (known === undefined || !isFurther(known, turn)) turns.set(turn.id, turn);
  }
  const { title, systemPrompt, changedAtMs } = other.changedAtMs > mine.changedAtMs ? other : mine;
  return {
    ...mine,
    title,
    systemPrompt,
    changedAtMs,
    revision: Math.max(mine.revision, other.revision),
    turns: inOrder([...turns.values()]),
  };
}

/** Of one answer in two tabs: whole before unfinished, longer before shorter. */
function isFurther(one: StoredTurn, other: StoredTurn): boolean {
  if (one.role !== 'assistant' || other.role !== 'assistant') return false;
  const rank = (turn: typeof one): number => {
    if (turn.answer.phase !== 'done') return 0;
    return turn.isInterrupted ? 0 : 1;
  };
  const more = rank(one) - rank(other);
  return more > 0 || (more === 0 && one.answer.text.length > other.answer.text.length);
}
