import { batch, signal } from '@preact/signals';
import * as v from 'valibot';
import { type AnswerView, endAnswer, NEW_ANSWER } from './answer-view.ts';
import type { AssistantTurn, Conversation, Turn } from './conversation.ts';
import {
  type ConversationRecord,
  mergeRecords,
  StoredAnswer,
  type StoredTurn,
} from './conversation-store.ts';
import { leadsThrough } from './conversation-tree.ts';
import { ANSWER_CHARS_MAX } from './limits.ts';

/** Between conversations on the page, whose answers grow, and records of them. */

/** What is written down of an answer: what the form knows of it, and no less than its text. */
const Kept = v.object(StoredAnswer.entries);

/** Undefined while nothing was said in it. */
export function toRecord(
  { id, scope, createdAtMs, state }: Conversation,
  revision: number,
): ConversationRecord | undefined {
  const { turns, leafId = turns.at(-1)?.id, ...rest } = state.value;
  if (leafId === undefined) return undefined;
  const stored = turns.map((turn): StoredTurn => {
    if (turn.role === 'user') return turn;
    return { ...turn, answer: keepAnswer(turn.answer.value) };
  });
  return { version: 1, id, scope, revision, createdAtMs, ...rest, turns: stored, leafId };
}

function keepAnswer(view: AnswerView): v.InferOutput<typeof StoredAnswer> {
  const text = view.text.slice(0, ANSWER_CHARS_MAX);
  const kept = v.safeParse(Kept, { ...view, text });
  if (kept.success) return kept.output;
  const { phase, tokenCount, finishReason } = view;
  const bare = { ...NEW_ANSWER, phase, text, tokenCount, chain: [], links: [], repairs: [] };
  return { ...bare, ...(finishReason !== undefined && { finishReason }) };
}

/** `isAnswered`: some tab still writes in it; an unfinished answer is one that was cut off otherwise. */
export function toConversation(record: ConversationRecord, isAnswered: boolean): Conversation {
  const { id, scope, createdAtMs, title, systemPrompt, changedAtMs, leafId } = record;
  const turns = record.turns.map((turn) => toTurn(turn, isAnswered));
  const state = { title, systemPrompt, changedAtMs, turns, leafId };
  return { id, scope, createdAtMs, state: signal(state) };
}

function toTurn(turn: StoredTurn, isAnswered: boolean): Turn {
  if (turn.role === 'user') return turn;
  const isCut = turn.answer.phase !== 'done' && !isAnswered;
  return {
    ...turn,
    answer: signal<AnswerView>(isCut ? endAnswer(turn.answer, 'aborted') : turn.answer),
    ...(isCut && { isInterrupted: true }),
  };
}

/** Brings what another tab wrote into a conversation that is on the page. */
export function adoptRecord(
  conversation: Conversation,
  record: ConversationRecord,
  options: { readonly isAnswered: boolean; readonly mine: ReadonlySet<string> },
): void {
  const { state } = conversation;
  const mine = toRecord(conversation, record.revision);
  const merged = mine === undefined ? record : mergeRecords(mine, record);
  const known = new Map(state.value.turns.map((turn) => [turn.id, turn]));
  batch(() => {
    const turns = merged.turns.map((stored): Turn => {
      const turn = known.get(stored.id);
      if (turn?.role !== 'assistant') return turn ?? toTurn(stored, options.isAnswered);
      return options.mine.has(turn.id) ? turn : adoptTurn(turn, stored, options.isAnswered);
    });
    const { title, systemPrompt, changedAtMs } = merged;
    // Whoever reads along at the end of a path sees it go on.
    const { leafId } = state.value;
    const goesOn = leafId === undefined || leadsThrough(turns, record.leafId, leafId);
    const end = goesOn && options.mine.size === 0 ? record.leafId : leafId;
    const { turns: before } = state.value;
    const isSame =
      turns.length === before.length &&
      turns.every((turn, index) => turn === before[index]) &&
      end === leafId &&
      changedAtMs === state.value.changedAtMs;
    // Saving ends here too: nothing is drawn anew for that.
    if (!isSame) state.value = { title, systemPrompt, changedAtMs, turns, leafId: end };
  });
}

function adoptTurn(turn: AssistantTurn, stored: StoredTurn, isAnswered: boolean): Turn {
  const next = toTurn(stored, isAnswered);
  if (next.role !== 'assistant') return turn;
  const [before, after] = [turn.answer.value, next.answer.value];
  if (before.text !== after.text || before.phase !== after.phase) turn.answer.value = after;
  if (turn.isInterrupted === next.isInterrupted) return turn;
  // The signal stays: what is drawn follows it.
  return { ...next, answer: turn.answer };
}
