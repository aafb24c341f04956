import type { ConversationRecord } from '../state/conversation-store.ts';

/** A question and its answer; tests change what they are about. */
export function conversationRecord(
  id: string,
  changes: Partial<ConversationRecord> & { readonly ask?: string; readonly reply?: string } = {},
): ConversationRecord {
  const { ask = 'Why?', reply = 'Because.', ...rest } = changes;
  const answer = { phase: 'done' as const, text: reply, tokenCount: 1, chain: [], links: [] };
  return {
    version: 1,
    id: id.padEnd(22, '0'),
    scope: 'public',
    revision: 0,
    createdAtMs: 1_000,
    title: '',
    systemPrompt: '',
    changedAtMs: 0,
    turns: [
      { role: 'user', id: `${id}-q`, atMs: 1_000, text: ask },
      {
        role: 'assistant',
        id: `${id}-a`,
        parentId: `${id}-q`,
        atMs: 1_001,
        modelName: 'Pip',
        answer: { ...answer, repairs: [], finishReason: 'stop' },
      },
    ],
    leafId: `${id}-a`,
    ...rest,
  };
}
