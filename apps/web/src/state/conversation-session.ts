import * as v from 'valibot';
import {
  ConversationRecord,
  type ConversationRecord as Record,
  StoredAnswer,
  type StoredTurn,
} from './conversation-store.ts';
import { ANSWER_CHARS_MAX, CONVERSATION_CHARS_MAX, TURNS_MAX } from './limits.ts';
import { randomId } from './random-id.ts';
import { readStored, writeStored } from './stored.ts';

/**
 * What one tab has open, over a reload of it. The conversation itself goes along: what a page writes
 * into a database while it is being closed need not arrive, what it writes here does.
 */

const Count = v.pipe(v.number(), v.minValue(0));
/** As the site kept them before it had a database: one conversation a tab, without branches. */
const FormerTurns = v.pipe(
  v.array(
    v.variant('role', [
      v.strictObject({
        role: v.literal('user'),
        id: Count,
        text: v.pipe(v.string(), v.maxLength(ANSWER_CHARS_MAX)),
      }),
      v.strictObject({
        role: v.literal('assistant'),
        id: Count,
        modelName: v.pipe(v.string(), v.maxLength(200)),
        answer: StoredAnswer,
      }),
    ]),
  ),
  v.minLength(1),
  v.maxLength(TURNS_MAX),
);
const Open = v.strictObject({ openId: v.pipe(v.string(), v.regex(/^[\w-]{22}$/)) });
const Kept = v.union([ConversationRecord, Open, FormerTurns]);

/** The conversation a tab had open, or the id under which the database has it. */
export type Handover = { readonly record: Record } | { readonly openId: string } | undefined;

/** `manyhands.conversation`, with the tier or circle behind it where that is not Public. */
export function sessionKeyOf(scope: string): string {
  const suffix = scope === 'public' ? '' : `.${scope.replace('circle:', '')}`;
  return `manyhands.conversation${suffix}`;
}

export function readHandover(storage: Storage | undefined, scope: string, nowMs: number): Handover {
  const kept = readStored(storage, sessionKeyOf(scope), Kept);
  if (kept === undefined || 'openId' in kept) return kept;
  const record = 'turns' in kept ? kept : fromFormerTurns(kept, scope, nowMs);
  return record.scope === scope && v.is(ConversationRecord, record) ? { record } : undefined;
}

export function writeHandover(
  storage: Storage | undefined,
  scope: string,
  kept: Record | { readonly openId: string } | undefined,
): void {
  const isLong = kept !== undefined && 'turns' in kept && charsOf(kept) > CONVERSATION_CHARS_MAX;
  writeStored(storage, sessionKeyOf(scope), isLong ? { openId: kept.id } : kept);
}

function charsOf({ turns }: Record): number {
  const text = (turn: StoredTurn): string => (turn.role === 'user' ? turn.text : turn.answer.text);
  return turns.reduce((sum, turn) => sum + text(turn).length, 0);
}

function fromFormerTurns(
  former: v.InferOutput<typeof FormerTurns>,
  scope: string,
  nowMs: number,
): Record {
  let parentId: string | undefined;
  const turns = former.map((turn, index): StoredTurn => {
    const id = `former-${turn.id}`;
    const next = { ...turn, id, atMs: nowMs + index, ...(parentId !== undefined && { parentId }) };
    parentId = id;
    return next;
  });
  return {
    version: 1,
    id: randomId(),
    scope,
    revision: 0,
    createdAtMs: nowMs,
    title: '',
    systemPrompt: '',
    changedAtMs: 0,
    turns,
    leafId: parentId ?? '',
  };
}
