import type { ChatMessage } from '@manyhands/peer/requester/answer';
import { type Signal, signal } from '@preact/signals';
import type { AnswerView } from './answer-view.ts';
import { randomId } from './random-id.ts';

interface TurnPlace {
  readonly id: string;
  /** The turn it follows; the first ones of a conversation follow none. */
  readonly parentId?: string;
  /** Later than that of its parent, whatever the clock does. */
  readonly atMs: number;
}

export interface UserTurn extends TurnPlace {
  readonly role: 'user';
  readonly text: string;
}

/** The answer lives in its own signal: a token redraws one answer, not the conversation. */
export interface AssistantTurn extends TurnPlace {
  readonly role: 'assistant';
  readonly modelName: string;
  readonly answer: Signal<AnswerView>;
  /** Its tab was closed or reloaded while it was written. */
  readonly isInterrupted?: true;
}

export type Turn = UserTurn | AssistantTurn;

/** What a conversation holds: a tree of turns, of which one path is shown and sent. */
export interface ConversationState {
  /** As a person named it; empty: after its first question. */
  readonly title: string;
  readonly systemPrompt: string;
  /** When title or system prompt were last changed: the later one stands where two tabs differ. */
  readonly changedAtMs: number;
  /** Of all branches, oldest first. */
  readonly turns: readonly Turn[];
  /** The end of the path that is shown. */
  readonly leafId: string | undefined;
}

/** A conversation that is on the page, or whose answer is being written. */
export interface Conversation {
  readonly id: string;
  /** Who may be asked with it: see `tiers.conversationKey`. */
  readonly scope: string;
  readonly createdAtMs: number;
  readonly state: Signal<ConversationState>;
}

export function createConversation(scope: string, nowMs: number): Conversation {
  const nothing = { title: '', systemPrompt: '', changedAtMs: 0, turns: [], leafId: undefined };
  return { id: randomId(), scope, createdAtMs: nowMs, state: signal(nothing) };
}

export interface PromptOptions {
  readonly systemPrompt: string;
  /** Answers the last question without what was said before. */
  readonly withoutHistory: boolean;
}

/**
 * The messages that lead to the answer after `turns`, whose last turn is a question. A question whose
 * answer came to nothing is left out: many chat templates insist on strict alternation.
 */
export function promptMessages(
  turns: readonly Turn[],
  options: PromptOptions,
): readonly ChatMessage[] {
  const system: ChatMessage[] =
    options.systemPrompt === '' ? [] : [{ role: 'system', content: options.systemPrompt }];
  const last = turns.at(-1);
  const question: ChatMessage[] =
    last?.role === 'user' ? [{ role: 'user', content: last.text }] : [];
  if (options.withoutHistory) return [...system, ...question];
  const history: ChatMessage[] = [];
  for (const [index, turn] of turns.entries()) {
    const reply = turns[index + 1];
    if (turn.role !== 'user' || reply?.role !== 'assistant') continue;
    const text = reply.answer.value.text.trim();
    if (text === '') continue;
    history.push({ role: 'user', content: turn.text }, { role: 'assistant', content: text });
  }
  return [...system, ...history, ...question];
}
