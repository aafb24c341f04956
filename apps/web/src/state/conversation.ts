import type { ChatMessage } from '@manyhands/peer/requester/answer';
import type { Signal } from '@preact/signals';
import type { AnswerView } from './answer-view.ts';

export interface UserTurn {
  readonly role: 'user';
  readonly id: number;
  readonly text: string;
}

/** The answer lives in its own signal: a token redraws one answer, not the conversation. */
export interface AssistantTurn {
  readonly role: 'assistant';
  readonly id: number;
  readonly modelName: string;
  readonly answer: Signal<AnswerView>;
}

export type Turn = UserTurn | AssistantTurn;

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
